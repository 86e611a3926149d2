#!/usr/bin/env python3
"""Holds JSON files against a schema: validate.py SCHEMA FILE... Exit 0 valid, 1 not, 77 without python3-jsonschema."""

import json
import sys

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not installed", file=sys.stderr)
    sys.exit(77)


def unique(pairs):
    """A key that stands twice means different things to different readers."""
    keys = [key for key, _ in pairs]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise ValueError("key twice in one object: " + ", ".join(twice))
    return dict(pairs)


def no_constant(word):
    raise ValueError(word + " is no JSON")


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file, object_pairs_hook=unique, parse_constant=no_constant)


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    schema = read(arguments[0])
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    failed = False
    for path in arguments[1:]:
        try:
            errors = sorted(validator.iter_errors(read(path)), key=lambda error: [str(part) for part in error.path])
        except (OSError, ValueError) as error:
            print(f"{path}: {error}", file=sys.stderr)
            failed = True
            continue
        for error in errors:
            place = "/" + "/".join(str(part) for part in error.absolute_path)
            print(f"{path}: {place}: {error.message[:400]}", file=sys.stderr)
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
