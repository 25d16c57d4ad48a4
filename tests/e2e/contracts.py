"""Validates the hub's documents with others' validators, and every event by the schema that the hub serves for its type.

asyncapi-3.0.0.json is AsyncAPI's own schema (npm @asyncapi/specs 6.11.1, Apache-2.0), without descriptions and without the
bindings of protocols that are not HTTP.
"""

import copy
import json
import sys
import urllib.request

import jsonschema
from openapi_spec_validator import validate

with open(sys.argv[1], encoding="utf-8") as file:
    asked = json.load(file)


def get(path):
    request = urllib.request.Request(asked["url"] + path)
    request.add_header("authorization", "Bearer " + asked["token"])
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def keeps(document, schema, draft):
    checker = draft(schema, format_checker=draft.FORMAT_CHECKER)
    return checker.is_valid(document)


openapi = get("/openapi.json")
validate(openapi)

asyncapi = get("/asyncapi.json")
with open(asked["asyncapi"], encoding="utf-8") as file:
    official = json.load(file)
checker = jsonschema.Draft7Validator(official)
first = next(iter(checker.iter_errors(asyncapi)), None)
if first is not None:
    sys.exit(f"asyncapi: {list(first.absolute_path)}: {first.message[:500]}")
broken = copy.deepcopy(asyncapi)
broken["operations"]["push"]["action"] = "shout"

events, after = [], "0"
while True:
    page = get(f"/events?after={after}&limit=7")
    events += page["events"]
    after = page["next"]
    if not page["more"]:
        break
prefix = "cn.gov.hub."
schemas, faulty = {}, []
for event in events:
    kind = event["type"]
    if kind not in schemas:
        schemas[kind] = get(f"/schemas/{kind.removeprefix(prefix)}.json")
        jsonschema.Draft202012Validator.check_schema(schemas[kind])
    if not keeps(event, schemas[kind], jsonschema.Draft202012Validator):
        faulty.append(event["id"])
spoilt = copy.deepcopy(events[0])
spoilt["data"]["severity"] = "purple"

schema = {"$ref": "#/components/schemas/CasePage", "components": openapi["components"]}
print(
    json.dumps(
        {
            "openapi": openapi["openapi"],
            "asyncapi": asyncapi["asyncapi"],
            "a_broken_asyncapi": checker.is_valid(broken),
            "events": len(events),
            "types": sorted(schemas),
            "faulty": faulty,
            "a_broken_event": keeps(spoilt, schemas[spoilt["type"]], jsonschema.Draft202012Validator),
            "pages": keeps(get("/cases"), schema, jsonschema.Draft202012Validator),
        }
    )
)
