"""Runs schemathesis against a running hub, from the OpenAPI document it serves, within a minute."""

import json
import os
import re
import subprocess
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    asked = json.load(file)

# A deed that is well formed may still be refused for what the case is: that is the contract, not a breach of it.
config = """
[checks]
positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "404", "409", "412", "415", "422", "428"]
missing_required_header.expected-statuses = ["400", "401", "403", "428"]

# A batch answers for each line; one that is wrong does not make the request wrong.
[[operations]]
include-name = "POST /api/v1/feedback:batch"
checks.negative_data_rejection.enabled = false
"""
with open(asked["config"], "w", encoding="utf-8") as file:
    file.write(config)
command = [
    os.path.join(os.path.dirname(sys.executable), "schemathesis"),
    "--config-file", asked["config"], "--no-color",
    "run", asked["url"] + "/api/v1/openapi.json", "--url", asked["url"],
    "--header", "Authorization: Bearer " + asked["token"],
    "--phases", "examples,coverage,fuzzing", "--max-examples", "20", "--seed", "7", "--workers", "1",
    "--generation-database", "none", "--max-time", "45", "--request-timeout", "20", "--continue-on-failure",
]
hooks = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fuzz_lines.py")
# It leaves a folder where it runs: not in the work tree.
run = subprocess.run(
    command, capture_output=True, text=True, timeout=100, cwd=os.path.dirname(asked["config"]),
    env=os.environ | {"SCHEMATHESIS_HOOKS": hooks},
)
said = run.stdout + run.stderr
failed = sorted(set(re.findall(r"^_+ (\S+ /\S+) _+$", said, re.M)))
if run.returncode != 0 and not failed:
    failed = [f"exit {run.returncode}"]
operations = re.search(r"(\d+) selected", said) or re.search(r"Operations:\s+(\d+)", said)
print(json.dumps({"failed": failed, "operations": int(operations.group(1)) if operations else 0, "said": said[-20000:]}))
