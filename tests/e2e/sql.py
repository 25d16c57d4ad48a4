"""Runs one SQL statement on a SQLite database, as another program would while the hub has it open.

sql.py DATABASE STATEMENT; prints the number of changed rows as JSON.
"""

import json
import sqlite3
import sys

database, statement = sys.argv[1:]
connection = sqlite3.connect(database, timeout=60)
with connection:
    changed = connection.execute(statement).rowcount
connection.close()
print(json.dumps(changed))
