//! Verdicts as JUnit XML: a suite per scenario and profile, a case per phase. A phase that was not
//! reached is an error: a run that was cut off must not look like one that passed.
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::text;
use crate::expect::{Outcome, Verdict};

/// The whole document.
pub fn write(verdicts: &[Verdict]) -> String {
    let mut report = Report::new("postfail");
    for verdict in verdicts {
        let mut suite = TestSuite::new(format!("{} ({})", verdict.scenario, verdict.profile));
        suite.add_property(("seed", verdict.seed.to_string().as_str()));
        for phase in &verdict.phases {
            let status = match phase.outcome {
                Outcome::Passed => TestCaseStatus::success(),
                Outcome::NotReached => {
                    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
                    status.set_message("not reached: the run ended before this phase was over");
                    status
                }
                Outcome::Failed => {
                    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                    let failing = phase.conduct.iter().filter(|breach| breach.severity.fails());
                    let broken = phase.findings.iter().map(|finding| finding.rule.as_str());
                    let broken: Vec<&str> =
                        broken.chain(failing.clone().map(|breach| breach.rule.as_str())).collect();
                    status.set_type(broken.join(", "));
                    if let Some(first) = phase.findings.first() {
                        status.set_message(format!("expected {}, got {}", first.expected, first.actual));
                    } else if let Some(first) = failing.clone().next() {
                        status.set_message(format!("{} ({})", first.advice, first.section));
                    }
                    let findings = phase.findings.iter().map(text::finding);
                    let told: String = findings.chain(failing.map(text::breach)).collect();
                    status.set_description(told);
                    status
                }
            };
            let mut case = TestCase::new(phase.name.clone(), status);
            // What fails nobody is said all the same.
            let advised = phase.conduct.iter().filter(|breach| !breach.severity.fails());
            let advised: String = advised.map(text::breach).collect();
            if !advised.is_empty() {
                case.set_system_out(advised);
            }
            case.set_classname(verdict.scenario.replace('/', "."));
            case.set_time(Duration::try_from_secs_f64(phase.seconds).unwrap_or_default());
            suite.add_test_case(case);
        }
        report.add_test_suite(suite);
    }
    // It is text without the letters XML cannot hold: quick-junit leaves those out.
    report.to_string().unwrap_or_default()
}
