//! What the macros refuse, in which words, and what must keep compiling.

use std::env;
use std::process::Command;

use trybuild::TestCases;

/// The compiler whose words the snapshots hold: others say it otherwise.
const COMPILER: &str = "rustc 1.95.";

// One test for each: what is refused is only checked, and all of it at once.

#[test]
fn what_is_refused_is_refused_in_these_words() {
    let version = Command::new("rustc").arg("--version").output().expect("rustc is there, it built this");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    if version.starts_with(COMPILER) {
        try_each("what_is_refused_is_refused_in_these_words", |cases| cases.compile_fail("fail/*.rs"));
    } else {
        println!("the messages were not compared: they are those of {COMPILER}x, and this is {version}");
    }
}

#[test]
fn what_must_keep_compiling_does() {
    try_each("what_must_keep_compiling_does", |cases| cases.pass("pass/*.rs"));
}

/// trybuild's project has no profile of its own and takes one from the environment,
/// which only the process of a child can be given: this very test, once more.
fn try_each(test: &str, add: impl FnOnce(&TestCases)) {
    const DEBUG: &str = "CARGO_PROFILE_DEV_DEBUG";
    if env::var_os(DEBUG).is_some() {
        return add(&TestCases::new());
    }
    let mut child = Command::new(env::current_exe().expect("the test's own path"));
    child.args(["--exact", test, "--nocapture"]).args(env::args().filter(|arg| arg.starts_with("trybuild=")));
    let status = child.env(DEBUG, "0").status().expect("the child runs");
    assert!(status.success(), "see above");
}
