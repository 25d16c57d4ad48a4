"""Signs deeds with the reference library of Standard Webhooks, rightly and in every wrong way; tells what each got."""

import base64
import json
import sys
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone

from standardwebhooks.webhooks import Webhook

with open(sys.argv[1], encoding="utf-8") as file:
    asked = json.load(file)
webhook = Webhook(asked["secret"])
stranger = Webhook("whsec_" + base64.b64encode(b"x" * 32).decode())
told = {}


def send(name, path, body, headers, kind="application/json"):
    request = urllib.request.Request(asked["url"] + path, data=body.encode(), method="POST")
    request.add_header("authorization", "Bearer " + asked["token"])
    request.add_header("content-type", kind)
    for key, value in headers.items():
        request.add_header(key, value)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            told[name] = [answer.status, None]
    except urllib.error.HTTPError as refused:
        told[name] = [refused.code, json.load(refused).get("code")]


def signed(id, body, by=webhook, minutes=0):
    when = datetime.now(tz=timezone.utc) + timedelta(minutes=minutes)
    return {
        "webhook-id": id,
        "webhook-timestamp": str(int(when.timestamp())),
        "webhook-signature": by.sign(msg_id=id, timestamp=when, data=body),
    }


case, other = asked["case"], asked["other"]
deed = json.dumps({"action": "dispatch", "case": case, "version": asked["version"]})
loose = json.dumps({"action": "dispatch"})
seen = {"if-match": f'"{asked["version"]}"', "idempotency-key": "k1"}
path, elsewhere = f"/cases/{case}/actions", f"/cases/{other}/actions"

send("unsigned", path, deed, seen)
send("old", path, deed, seen | signed("m1", deed, minutes=-6))
send("in the future", path, deed, seen | signed("m2", deed, minutes=6))
send("another key", path, deed, seen | signed("m3", deed, by=stranger))
send("altered", path, deed.replace("dispatch", "reassign"), seen | signed("m4", deed))
send("unbound", path, loose, seen | signed("m5", loose))
send("led to another case", elsewhere, deed, seen | signed("m6", deed) | {"if-match": f'"{asked["other_version"]}"'})
right = signed("m7", deed)
send("signed", path, deed, seen | right)
send("replayed", path, deed, seen | right)
# A sender that heard no answer signs anew; the deed was done and is not done twice.
again = signed("m7", deed, minutes=1)
send("signed again", path, deed, seen | again)
another = json.dumps({"action": "dispatch", "case": other, "version": asked["other_version"]})
send("same id, other body", elsewhere, another, seen | signed("m7", another) | {"if-match": f'"{asked["other_version"]}"'})
line = json.dumps({"case": case, "version": asked["version"], "key": "k1", "action": "dispatch"})
send("batch unsigned", "/feedback:batch", line, {}, "application/x-ndjson")
send("batch", "/feedback:batch", line, signed("m8", line), "application/x-ndjson")
print(json.dumps(told))
