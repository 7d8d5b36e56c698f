//! `scenarios/schema.json` says what the program reads.

#[test]
fn the_schema_is_the_one_of_the_types() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/schema.json");
    let kept = std::fs::read_to_string(path).unwrap();
    assert!(
        kept == postfail_engine::schema::scenario(),
        "scenarios/schema.json is old: run `cargo xtask schema`"
    );
}

#[test]
fn every_part_of_the_format_is_in_it() {
    let schema: serde_json::Value = serde_json::from_str(&postfail_engine::schema::scenario()).unwrap();
    let text = schema.to_string();
    for word in [
        "wrong_passwords",
        "as-offered",
        "failed_logins",
        "blackhole",
        "expire-password",
        "autoconfig",
        "quota",
    ] {
        assert!(text.contains(&format!("\"{word}\"")), "{word} is not in the schema");
    }
    assert_eq!(schema["additionalProperties"], false, "an unknown key is an error for editors too");
}
