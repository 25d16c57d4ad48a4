"""Teaches schemathesis JSON lines: what it makes is sent as a batch of one."""

import json

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def lines(_context, value):
    return json.dumps(value).encode()
