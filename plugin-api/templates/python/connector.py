#!@PYTHON@
# hub-connector wire=1 sdk=python
"""A whole connector: `figures` is its one stream. What is said to the hub, and how, is plugin-api/PROTOCOL.md."""
import json, os, socket, struct, sys
import pyarrow as pa

SPEC = {"name": "@NAME@", "version": "0.1.0", "config_schema": {"type": "object"}}
MAPPING = """INSERT INTO rejected (row, code, column, reason, _locator)
SELECT "_row", 'D37', '数值', '数值不是数字，请核对后重新报送', "_locator" FROM landed WHERE milli("数值") IS NULL;
INSERT INTO kpi_input (indicator, period, numerator_milli, _locator)
SELECT 'K5', '2023-09', milli("数值"), "_locator" FROM accepted;"""

def figures(options):
    return pa.table({"数值": ["12", "无"]})

def say(kind, **fields):
    control.write(json.dumps({"type": kind, **fields}, ensure_ascii=False) + "\n")
    control.flush()

def frame(message):
    body = message.serialize().to_pybytes()
    data.write(struct.pack("<I", len(body)) + body)

control, data = socket.socket(fileno=0).makefile("rw", encoding="utf-8"), os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)  # what anybody prints goes to the log, not between the frames
job = json.loads(control.readline())
op, options, request, batches = job["op"], job["config"], job.get("request"), []
if op == "spec":
    say("spec", spec=SPEC)
elif not isinstance(options, dict):
    sys.exit(say("error", category="config", message="options are a table of keys and values"))
elif op == "discover":
    say("streams", streams=[{"name": "figures", "modes": ["full"], "mapping": MAPPING}])
    frame(figures(options).schema)
elif op == "read" and request["stream"] != "figures":
    sys.exit(say("error", category="not_found", message=f"no stream {request['stream']}; there is: figures"))
elif op == "read":
    batches = figures(options).slice(0, request["max_rows"]).to_batches(request["batch_rows"])
    for message in [figures(options).schema, *batches]: frame(message)
say("done", batches=len(batches), rows=sum(map(len, batches)))
