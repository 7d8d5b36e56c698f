//! Medians, the table for people and the lines for programs.
use std::fmt::Write;

/// One server's result in one measurement.
#[derive(Clone, Debug)]
pub struct Figure {
    /// `SMTP, 1 KB, 50 connections, many mails each`
    pub what: String,
    pub server: &'static str,
    pub unit: &'static str,
    /// One value a round, or none with the reason in `skipped`.
    pub runs: Vec<f64>,
    pub skipped: Option<String>,
    /// What the project wants of itself here, to be printed beside.
    pub aim: Option<&'static str>,
}

/// Runs `once` for each server in turn, `rounds` times over; a server that says why it cannot is skipped, visibly.
pub fn rounds(
    what: &str,
    unit: &'static str,
    aim: Option<&'static str>,
    servers: &[&'static str],
    rounds: usize,
    mut once: impl FnMut(&str) -> Result<Result<f64, String>, String>,
) -> Result<Vec<Figure>, String> {
    let new = |server: &&'static str| Figure {
        what: what.to_owned(),
        server,
        unit,
        runs: Vec::new(),
        skipped: None,
        aim,
    };
    let mut figures: Vec<Figure> = servers.iter().map(new).collect();
    for _ in 0..rounds {
        for figure in figures.iter_mut().filter(|figure| figure.skipped.is_none()) {
            match once(figure.server)? {
                Ok(value) => figure.runs.push(value),
                Err(reason) => figure.skipped = Some(reason),
            }
        }
    }
    Ok(figures)
}

impl Figure {
    pub fn median(&self) -> Option<f64> {
        let mut sorted = self.runs.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let upper = sorted.get(middle).copied()?;
        let lower = if sorted.len().is_multiple_of(2) { sorted.get(middle - 1).copied()? } else { upper };
        Some((lower + upper) / 2.0)
    }
}

/// Figures under one heading stand together; the first server of each is ours, and the others are compared with it.
pub fn table(figures: &[Figure]) -> String {
    let mut text = String::new();
    let mut heading = "";
    let mut ours = None;
    for figure in figures {
        if figure.what != heading {
            heading = &figure.what;
            ours = figure.median();
            let aim = figure.aim.map(|aim| format!(" (aim: {aim})")).unwrap_or_default();
            let _ = writeln!(text, "  {heading}{aim}");
        }
        let _ = write!(text, "    {:<12}", figure.server);
        let _ = match (figure.median(), &figure.skipped) {
            (Some(value), _) => {
                let lowest = figure.runs.iter().copied().fold(f64::INFINITY, f64::min);
                let highest = figure.runs.iter().copied().fold(0.0, f64::max);
                let ratio = ours.filter(|_| figure.server != "postfail").map(|ours| ours / value);
                let ratio = ratio.map(|ratio| format!("   postfail / {} = {ratio:.2}", figure.server));
                let (unit, ratio) = (figure.unit, ratio.unwrap_or_default());
                writeln!(text, "{value:>10.1} {unit} ({lowest:.1} to {highest:.1}){ratio}")
            }
            (None, Some(reason)) => writeln!(text, "  SKIPPED: {reason}"),
            (None, None) => writeln!(text, "  no run"),
        };
    }
    text
}

pub fn json(figures: &[Figure]) -> String {
    let line = |figure: &Figure| {
        let value = serde_json::json!({
            "what": figure.what, "server": figure.server, "unit": figure.unit, "median": figure.median(),
            "runs": figure.runs, "skipped": figure.skipped,
        });
        format!("{value}\n")
    };
    figures.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_ratios_and_skips() {
        let mut value = 0.0;
        let figures = rounds("speed", "/s", None, &["postfail", "rival", "absent"], 5, |server| {
            value += 1.0;
            Ok(match server {
                "postfail" => Ok(value * 0.0 + 30.0),
                "rival" => Ok(10.0),
                _ => Err("not installed".into()),
            })
        });
        let figures = figures.expect("no measurement failed");
        assert_eq!(figures.iter().map(|figure| figure.runs.len()).collect::<Vec<_>>(), [5, 5, 0]);
        let text = table(&figures);
        assert!(
            text.contains("postfail / rival = 3.00") && text.contains("SKIPPED: not installed"),
            "{text}"
        );
        assert_eq!(json(&figures).lines().count(), 3);
    }

    #[test]
    fn median_of_odd_and_even() {
        let figure = |runs: &[f64]| Figure {
            what: String::new(),
            server: "x",
            unit: "",
            runs: runs.to_vec(),
            skipped: None,
            aim: None,
        };
        assert_eq!(figure(&[3.0, 1.0, 2.0]).median(), Some(2.0));
        assert_eq!(figure(&[4.0, 1.0, 2.0, 3.0]).median(), Some(2.5));
        assert_eq!(figure(&[]).median(), None);
    }
}
