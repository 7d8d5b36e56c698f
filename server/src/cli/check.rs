//! `postfail check`: scenario files, all that is wrong at once, with line, column and caret.
use postfail::catalogue;

use super::Failure;
use super::args::Check;
use super::output::{Colour, paint};
use super::streams::print;

pub fn check(asked: &Check) -> Result<(), Failure> {
    let mut wrong = Vec::new();
    for path in &asked.files {
        let checked = catalogue::read(path).and_then(|source| source.scenario());
        match checked {
            Ok(scenario) => {
                let (ok, title) = (paint(Colour::Green, "ok"), &scenario.title.en);
                print(&format!("{ok} {}: {title}\n", path.display()))?;
            }
            Err(error) => wrong.push(error.to_string()),
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Failure::usage(wrong.join("\n\n"))) }
}
