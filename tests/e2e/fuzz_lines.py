"""Teaches schemathesis the bodies it does not know: JSON lines, sent as a batch of one; workbooks, sent as the bytes it makes."""

import json

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def lines(_context, value):
    return json.dumps(value).encode()


@schemathesis.serializer("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
def workbook(_context, value):
    return value if isinstance(value, bytes) else str(value).encode()
