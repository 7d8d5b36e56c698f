//! Prints the schema of scenario files; `cargo xtask schema` writes it where it belongs.
fn main() {
    print!("{}", postfail_engine::schema::scenario());
}
