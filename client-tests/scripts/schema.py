"""Every scenario file fits the schema, and slips do not. Arguments: the scenarios' folder."""
import json
import pathlib
import sys
import tomllib

import jsonschema

folder = pathlib.Path(sys.argv[1])
schema = json.loads((folder / "schema.json").read_text())
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)

files = [file for file in folder.glob("*/*.toml") if file.parent.name != "profiles"]
for file in files:
    for error in validator.iter_errors(tomllib.loads(file.read_text())):
        print(f"{file}: {list(error.absolute_path)}: {error.message}")

good = next(file for file in files if file.name == "locked-after-failures.toml").read_text()
for right, wrong in [
    ("[diagnosis]", "[diagnoses]"),
    ('client = "fails"', 'client = "failing"'),
    ('act = "unlock"', 'act = "unlok"'),
    ("wrong_passwords", "wrong_password"),
    ("at_most = 3", "at_most = \"3\""),
]:
    if validator.is_valid(tomllib.loads(good.replace(right, wrong))):
        print(f"the schema takes {wrong}")
print(f"{len(files)} files")
