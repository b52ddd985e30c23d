//! What the macros refuse, in which words, and what must keep compiling.

#[test]
fn the_macros_speak_clearly() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    cases.compile_fail("ui/fail/*.rs");
}
