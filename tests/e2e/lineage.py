"""Reads events with the JSON Schemas of OpenLineage and with the classes of its own client, which are generated from them.

lineage.py EVENTS; EVENTS is a JSON list. The schemas are in the folder HUB_OPENLINEAGE_SCHEMAS, when that is set: every event
must be as OpenLineage.json says, with formats, and every facet whose schema is there as that says. Whatever is there, every
object must have the fields its class has and no others, of the classes' own checks (times, ids, kinds), and every facet must name
the schema of its class. Prints how many are valid, how many of those that were spoilt are refused, which facets were seen; and of
the schemas the same.
"""

import copy
import importlib
import json
import os
import pathlib
import pkgutil
import sys
import types
import typing

import attr
import openlineage.client.generated as generated

classes = {}
for module in pkgutil.iter_modules(generated.__path__):
    loaded = importlib.import_module(f"openlineage.client.generated.{module.name}")
    for value in vars(loaded).values():
        if isinstance(value, type) and attr.has(value):
            classes[value.__name__] = value
by_schema = {cls._get_schema(): cls for cls in classes.values() if hasattr(cls, "_get_schema")}
seen = set()


def facets(values):
    for name, facet in values.items():
        cls = by_schema.get(facet.get("_schemaURL"))
        assert cls is not None, f"{name}: no such schema: {facet.get('_schemaURL')}"
        assert facet.get("_producer"), f"{name}: no producer"
        seen.add(name)
        build(cls, {key: value for key, value in facet.items() if key not in ("_schemaURL", "_producer")})


def build(cls, value):
    hints = typing.get_type_hints(cls, vars(sys.modules[cls.__module__]) | {"ClassVar": typing.ClassVar})
    known = {field.name for field in attr.fields(cls)}
    given = {}
    for key, inner in value.items():
        assert key in known, f"{cls.__name__} has no field {key}"
        if key in ("facets", "inputFacets", "outputFacets"):
            facets(inner)
            given[key] = {}
            continue
        given[key] = whole(hints[key], inner)
    return cls(**given)


def whole(hint, value):
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        if value is None:
            return None
        return whole(next(kind for kind in inner if kind is not type(None)), value)
    if origin is list:
        assert isinstance(value, list)
        return [whole(inner[0], item) for item in value]
    if origin is dict:
        assert isinstance(value, dict)
        return {key: whole(inner[1], item) for key, item in value.items()}
    if isinstance(hint, type) and attr.has(hint):
        return build(hint, value)
    if isinstance(hint, type) and hint in (str, int, bool, float):
        assert isinstance(value, hint) and (hint is bool or not isinstance(value, bool)), f"{value!r} is no {hint}"
        return value
    if isinstance(hint, type) and issubclass(hint, __import__("enum").Enum):
        return hint(value)
    return value


def check(event):
    run_event = classes["RunEvent"]
    assert event["schemaURL"] == run_event._get_schema(), event["schemaURL"]
    build(run_event, {key: value for key, value in event.items() if key != "schemaURL"})


events = json.load(open(sys.argv[1], encoding="utf-8"))
valid = 0
for event in events:
    check(event)
    valid += 1

complete = next(event for event in events if event["eventType"] == "COMPLETE")


def spoil(change):
    event = copy.deepcopy(complete)
    change(event)
    return event


spoilt = [
    spoil(lambda event: event.update(eventType="DONE")),
    spoil(lambda event: event["run"].pop("runId")),
    spoil(lambda event: event["run"].update(runId="no uuid")),
    spoil(lambda event: event.update(eventTime="yesterday")),
    spoil(lambda event: event["outputs"][0].pop("name")),
    spoil(lambda event: event["inputs"][0]["inputFacets"]["inputStatistics"].update(rowCount="many")),
    spoil(lambda event: event["inputs"][0]["inputFacets"]["inputStatistics"].update(_schemaURL="https://a/b")),
    spoil(lambda event: event["outputs"][0]["facets"]["schema"].update(colour="red")),
]
refused = 0
for event in spoilt:
    try:
        check(event)
    except Exception:
        refused += 1


def by_the_schemas(folder):
    import jsonschema
    import referencing

    core = json.loads((folder / "OpenLineage.json").read_text(encoding="utf-8"))
    parts = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (folder / "facets").glob("*.json")}
    known = [core, *parts.values()]
    registry = referencing.Registry().with_resources(
        (schema["$id"], referencing.Resource.from_contents(schema)) for schema in known
    )

    def validator(pointer):
        return jsonschema.Draft202012Validator(
            {"$ref": pointer}, registry=registry, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
        )

    event_of = validator(core["$id"] + "#/$defs/RunEvent")
    facet_of = {name: validator(f"{schema['$id']}#/$defs/{name}") for name, schema in parts.items()}
    found = set()

    def every_facet(value):
        if isinstance(value, list):
            for inner in value:
                every_facet(inner)
        elif isinstance(value, dict):
            for key, inner in value.items():
                if key in ("facets", "inputFacets", "outputFacets"):
                    for name, facet in inner.items():
                        form = facet["_schemaURL"].rsplit("/", 1)[-1]
                        if form in facet_of:
                            facet_of[form].validate(facet)
                            found.add(name)
                else:
                    every_facet(inner)

    def validate(event):
        event_of.validate(event)
        every_facet(event)

    def is_refused(event):
        try:
            validate(event)
        except jsonschema.ValidationError:
            return True
        return False

    for event in events:
        validate(event)
    # A field of a facet that nobody knows is allowed by the schemas; it is the classes that refuse it, and another address.
    wrong = [event for event in spoilt if "colour" not in json.dumps(event) and "https://a/b" not in json.dumps(event)]
    return {
        "valid": len(events),
        "refused": sum(map(is_refused, wrong)),
        "spoilt": len(wrong),
        "facets": sorted(found),
    }


schemas = os.environ.get("HUB_OPENLINEAGE_SCHEMAS")
print(
    json.dumps(
        {
            "valid": valid,
            "refused": refused,
            "spoilt": len(spoilt),
            "facets": sorted(seen),
            "schemas": by_the_schemas(pathlib.Path(schemas)) if schemas else None,
        }
    )
)
