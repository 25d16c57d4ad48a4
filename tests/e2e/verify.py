"""Verifies a captured push with the reference library, as sent and with one byte altered."""

import json
import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

key_file, request_file = sys.argv[1:]
with open(key_file, encoding="utf-8") as file:
    webhook = Webhook(file.read().strip())
with open(request_file, encoding="utf-8") as file:
    request = json.load(file)


def genuine(body: str) -> bool:
    try:
        webhook.verify(body, request["headers"])
    except WebhookVerificationError:
        return False
    return True


body = request["body"]
print(json.dumps({"as_sent": genuine(body), "altered": genuine(body.replace("1", "2", 1))}))
