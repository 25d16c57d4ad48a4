"""Checks configuration files by their schemas, and that a key more is refused wherever the parser refuses one.

In: a folder of schemas, a file with a list of {kind, file, value}. Out: JSON on stdout.
Not here: reading TOML.
"""
import json
import pathlib
import sys

from jsonschema import Draft202012Validator

# Tables whose keys are other people's: options of plugins, rows of examples, names of headers, streams, parameters and secrets.
FREE = {"options", "tables", "headers", "streams", "parameters", "secrets", "fresh_days", "public_keys"}


def tables(value, path):
    """Every table of `value` whose keys are the hub's, with the way to it."""
    if isinstance(value, dict):
        if not (path and path[-1] in FREE):
            yield path, value
        for key, inside in value.items():
            if key not in ("options", "tables"):
                yield from tables(inside, path + [key])
    elif isinstance(value, list):
        for at, inside in enumerate(value):
            yield from tables(inside, path + [at])


folder, cases = sys.argv[1], json.loads(pathlib.Path(sys.argv[2]).read_text())
validators = {}
for path in pathlib.Path(folder).glob("*.schema.json"):
    schema = json.loads(path.read_text())
    Draft202012Validator.check_schema(schema)
    validators[path.name.split(".")[0]] = Draft202012Validator(schema)

wrong, taken, refused = [], [], 0
for case in cases:
    validator = validators[case["kind"]]
    for error in validator.iter_errors(case["value"]):
        wrong.append(f'{case["file"]}: {error.json_path}: {error.message}'[:400])
    for path, table in tables(case["value"], []):
        table["no_such_key"] = 1
        if validator.is_valid(case["value"]):
            taken.append(f'{case["file"]}: {path}')
        else:
            refused += 1
        del table["no_such_key"]

print(json.dumps({"checked": len(cases), "wrong": wrong, "taken": taken, "refused": refused}, ensure_ascii=False))
