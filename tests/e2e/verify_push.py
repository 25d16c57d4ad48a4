"""Verifies captured pushes with libraries we did not write: Standard Webhooks, Svix, CloudEvents and its JSON Schema, gmssl."""

import base64
import json
import os
import sys

import jsonschema
import svix.webhooks
from cloudevents.core.bindings.http import HTTPMessage, from_structured_event
from gmssl import sm2
from standardwebhooks import webhooks

asked = json.load(open(sys.argv[1], encoding="utf-8"))
headers, body = asked["headers"], asked["body"]


def genuine(library, secret: str, text: str) -> bool:
    try:
        library.Webhook(secret).verify(text, headers)
    except library.WebhookVerificationError:
        return False
    return True


def verdict(library) -> dict:
    known = {name: genuine(library, secret, body) for name, secret in asked["secrets"].items()}
    return known | {"altered": genuine(library, next(iter(asked["secrets"].values())), body.replace("1", "2", 1))}


def by_sm2(text: str) -> bool:
    signature = next(part[5:] for part in headers["webhook-signature"].split() if part.startswith("v1sm,"))
    verifier = sm2.CryptSM2(public_key=asked["sm2_public"], private_key="")
    content = f'{headers["webhook-id"]}.{headers["webhook-timestamp"]}.{text}'.encode()
    return verifier.verify_with_sm3(base64.b64decode(signature).hex(), content)


def by_schema() -> dict | None:
    """Whether the official JSON Schema takes the event as sent, and without its type; None where the schema is not at hand."""
    path = os.environ.get("HUB_CLOUDEVENTS_SCHEMA")
    if not path:
        return None
    schema = json.load(open(path, encoding="utf-8"))
    checks = jsonschema.Draft7Validator(schema, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER)
    sent = json.loads(body)
    spoilt = {name: value for name, value in sent.items() if name != "type"}
    return {"as_sent": checks.is_valid(sent), "spoilt": checks.is_valid(spoilt)}


event = from_structured_event(HTTPMessage(headers, body.encode()))
print(
    json.dumps(
        {
            "standardwebhooks": verdict(webhooks),
            "svix": verdict(svix.webhooks),
            "sm2": {"as_sent": by_sm2(body), "altered": by_sm2(body.replace("1", "2", 1))},
            "schema": by_schema(),
            "event": {"id": event.get_id(), "type": event.get_type(), "source": event.get_source()},
        }
    )
)
