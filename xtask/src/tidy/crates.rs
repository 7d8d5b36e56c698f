//! Which crate may use which (never upwards), shared lints, and a word about each in the architecture page.
use toml::Table;

use super::{Complaint, Tree};

const PAGE: &str = "server/ARCHITECTURE.md";

/// Package, folder, and the packages of ours it may use; lowest layer first.
pub const LAYERS: &[(&str, &str, &[&str])] = &[
    ("postfail-wire", "server/wire", &[]),
    ("postfail-certs", "certs", &[]),
    ("postfail-store", "server/store", &["postfail-wire"]),
    ("postfail-identity", "server/identity", &["postfail-wire"]),
    ("postfail-session", "server/session", &["postfail-store", "postfail-wire"]),
    (
        "postfail-engine",
        "server/engine",
        &["postfail-identity", "postfail-session", "postfail-store", "postfail-wire"],
    ),
    (
        "postfail-net",
        "server/net",
        &["postfail-certs", "postfail-engine", "postfail-session", "postfail-wire"],
    ),
    ("postfail-control", "server/control", &["postfail-engine", "postfail-identity"]),
    ("postfail", "server", &["postfail-certs", "postfail-control", "postfail-engine", "postfail-net"]),
    ("client-tests", "client-tests", &["postfail"]),
    ("xtask", "xtask", &[]),
];

pub fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let page = tree.text(PAGE).unwrap_or_default();
    for (path, text) in tree.files().filter(|(path, _)| path.ends_with("Cargo.toml") && *path != "Cargo.toml")
    {
        let Ok(manifest) = text.parse::<Table>() else {
            complaints.push(format!("{path}: not TOML"));
            continue;
        };
        if manifest.contains_key("workspace") {
            continue; // a workspace of its own, such as the fuzz targets
        }
        let name = manifest.get("package").and_then(|p| p.get("name")).and_then(|n| n.as_str()).unwrap_or("");
        let Some((_, folder, may_use)) = LAYERS.iter().find(|(package, ..)| *package == name) else {
            complaints
                .push(format!("{path}: package `{name}` has no layer; add it to LAYERS in {}", file!()));
            continue;
        };
        if path.strip_suffix("/Cargo.toml") != Some(folder) {
            complaints.push(format!("{path}: `{name}` belongs in {folder}"));
        }
        for used in dependencies(&manifest).filter(|used| LAYERS.iter().any(|(package, ..)| package == used))
        {
            if !may_use.contains(&used) {
                complaints.push(format!("{path}: `{name}` must not use `{used}`; it may use {may_use:?}"));
            }
        }
        if manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(|w| w.as_bool())
            != Some(true)
        {
            complaints.push(format!("{path}: add `[lints] workspace = true`"));
        }
        if !page.contains(&format!("`{name}`")) && !page.contains(&format!("`{folder}`")) {
            complaints.push(format!("{PAGE}: says nothing of `{name}` (or `{folder}`)"));
        }
    }
    complaints
}

/// Names under `[dependencies]` and `[build-dependencies]`, those for one platform included. Tests may use what they
/// like.
fn dependencies(manifest: &Table) -> impl Iterator<Item = &str> {
    let platforms = manifest.get("target").and_then(|t| t.as_table()).into_iter().flat_map(|t| t.values());
    let tables = platforms.filter_map(|platform| platform.as_table()).chain([manifest]);
    tables.flat_map(|table| {
        ["dependencies", "build-dependencies"]
            .into_iter()
            .filter_map(|kind| table.get(kind).and_then(|d| d.as_table()))
            .flat_map(|list| list.keys().map(String::as_str))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(name: &str, dependencies: &str) -> String {
        format!("[package]\nname = \"{name}\"\n[lints]\nworkspace = true\n{dependencies}\n")
    }

    #[test]
    fn direction() {
        let wire = manifest("postfail-wire", "[dependencies]\nnom.workspace = true");
        let store = manifest("postfail-store", "[dependencies]\npostfail-wire.workspace = true");
        let page = (PAGE, "`postfail-wire`, `server/store`");
        let good = [("server/wire/Cargo.toml", wire.as_str()), ("server/store/Cargo.toml", &store), page];
        assert_eq!(check(&Tree::of(&good)), [""; 0]);

        let up = manifest("postfail-wire", "[target.'cfg(unix)'.dependencies]\npostfail-net = \"1\"");
        let found = check(&Tree::of(&[("server/wire/Cargo.toml", &up), page]));
        assert!(found.len() == 1 && found[0].contains("must not use `postfail-net`"), "{found:?}");

        let for_tests = manifest("postfail-wire", "[dev-dependencies]\npostfail-net = \"1\"");
        assert_eq!(check(&Tree::of(&[("server/wire/Cargo.toml", &for_tests), page])), [""; 0]);
    }

    #[test]
    fn strangers_lints_and_page() {
        let stranger = manifest("postfail-extra", "");
        let found = check(&Tree::of(&[("server/extra/Cargo.toml", &stranger)]));
        assert!(found.len() == 1 && found[0].contains("has no layer"), "{found:?}");

        let bare = "[package]\nname = \"xtask\"\n";
        let found = check(&Tree::of(&[("tools/Cargo.toml", bare)]));
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(
            found[0].contains("belongs in xtask")
                && found[1].contains("lints")
                && found[2].contains("nothing of")
        );
    }
}
