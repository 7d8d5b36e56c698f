//! `scenarios/schema.json` by another's validator (Python's jsonschema), as an editor uses it.
use client_tests::{Client, Home, client, missing};

#[test]
fn every_scenario_fits_and_slips_do_not() {
    let Some(python) = client("python3") else { return };
    let home = Home::new();
    let script = home.write("schema.py", include_str!("../scripts/schema.py"));
    let scenarios = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios");
    let outcome = Client::new(&python, &home).args([script]).args([scenarios]).run();
    if outcome.said().contains("No module named 'jsonschema'") {
        return missing("Python's jsonschema", "python3-jsonschema");
    }
    let said = outcome.expect(0).stdout;
    assert!(said.lines().count() == 1 && said.trim_end().ends_with(" files"), "{said}");
}
