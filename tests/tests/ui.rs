//! What the macros refuse, in which words, and what must keep compiling.

use std::process::Command;

/// The compiler whose words the snapshots hold: others say it otherwise.
const COMPILER: &str = "rustc 1.95.";

#[test]
fn the_macros_speak_clearly() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    let version = Command::new("rustc").arg("--version").output().expect("rustc is there, it built this");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    if version.starts_with(COMPILER) {
        cases.compile_fail("ui/fail/*.rs");
    } else {
        println!("the messages were not compared: they are those of {COMPILER}x, and this is {version}");
    }
}
