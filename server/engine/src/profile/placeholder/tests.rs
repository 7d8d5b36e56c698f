use super::*;

fn occasion(seed: u64, connection: u64, now: &str) -> Occasion {
    Occasion { now: now.parse().unwrap(), seed, connection, client: "198.51.100.7".parse().ok() }
}

const NOON: &str = "2025-01-26T12:00:00.055Z";

#[test]
fn known_names_are_filled_once_and_json_is_left_alone() {
    let value = |name: &str| (name == "tag").then(|| "{host}".to_owned());
    assert_eq!(fill("{tag} {host} {tag", value), "{host} {host} {tag");
    assert_eq!(fill(r#"{"a":{"b":"{tag}"},{}}"#, value), r#"{"a":{"b":"{host}"},{}}"#);
    assert_eq!(names(r#"{"error":"{trace_id}\r\n"} {tag} {Tag} {a b}"#), ["trace_id", "tag"]);
}

#[test]
fn every_name_has_a_value_in_its_form() {
    let now = occasion(7, 1, NOON);
    for name in WORLD {
        let value = now.value(name, "MX.EXAMPLE").unwrap();
        assert!(!value.is_empty() && names(&value).is_empty(), "{name}: {value}");
    }
    for (name, expected) in [
        ("client_ip", "198.51.100.7"),
        ("exo_host", "MX.EXAMPLE"),
        ("timestamp", "2025-01-26T12:00:00.055Z"),
        ("token_timestamp", "2025-01-26 12:00:00Z"),
        ("date", "Sun, 26 Jan 2025 12:00:00 +0000"),
        ("hexid", "08DD3E00F5C24470"),
    ] {
        assert_eq!(now.value(name, "MX.EXAMPLE").unwrap(), expected, "{name}");
    }
    assert_eq!(now.value("sesion", ""), None);
    let parts: Vec<usize> = now.value("trace_id", "").unwrap().split('-').map(str::len).collect();
    assert_eq!(parts, [8, 4, 4, 4, 12]);
}

#[test]
fn same_seed_same_words() {
    let [now, later] = [NOON, "2025-01-26T12:00:09Z"].map(|time| occasion(7, 1, time));
    for name in ["session", "token", "trace_id"] {
        assert_eq!(now.value(name, ""), occasion(7, 1, NOON).value(name, ""), "{name}");
        assert_ne!(now.value(name, ""), occasion(8, 1, NOON).value(name, ""), "{name}: another world");
        assert_ne!(now.value(name, ""), occasion(7, 2, NOON).value(name, ""), "{name}: another connection");
    }
    assert_eq!(now.value("session", ""), later.value("session", ""), "one for the whole connection");
    assert_ne!(now.value("trace_id", ""), later.value("trace_id", ""));
    assert_ne!(now.value("token1", ""), now.value("token2", ""));
}
