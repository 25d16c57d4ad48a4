"""Where this interpreter and its libraries are: what a site writes into plugins.interpreters."""

import json
import sys

folders = sorted({sys.prefix, sys.base_prefix})
print(json.dumps({"executable": sys.executable, "folders": folders}))
