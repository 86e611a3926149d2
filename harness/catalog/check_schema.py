#!/usr/bin/env python3
"""Holds JSON documents against a schema.

check_schema.py SCHEMA --good PATH... --bad PATH...: every *.json below the good paths must be valid, every one below the
bad paths must not be. Exit 0: so it is; 1: it is not, with a line for each; 77: jsonschema is not installed.
"""
import argparse
import json
import pathlib
import sys

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not installed")
    sys.exit(77)


def documents(paths):
    for path in map(pathlib.Path, paths):
        found = [path] if path.is_file() else sorted(path.rglob("*.json"))
        for file in found:
            if not file.name.endswith(".schema.json"):
                yield file


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("schema")
    arguments.add_argument("--good", nargs="*", default=[])
    arguments.add_argument("--bad", nargs="*", default=[])
    given = arguments.parse_args()
    schema = json.loads(pathlib.Path(given.schema).read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    wrong = 0
    checked = 0
    for file in documents(given.good):
        checked += 1
        error = jsonschema.exceptions.best_match(validator.iter_errors(json.loads(file.read_text(encoding="utf-8"))))
        if error is not None:
            wrong += 1
            print(f"{file}: {error.json_path}: {error.message[:300]}")
    for file in documents(given.bad):
        checked += 1
        if validator.is_valid(json.loads(file.read_text(encoding="utf-8"))):
            wrong += 1
            print(f"{file}: is valid, and should not be")
    print(f"{checked} documents, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
