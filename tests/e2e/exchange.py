"""A database as departments exchange data through: a table, filled from CSV, behind a view."""

import csv
import json
import sqlite3
import sys

source, target = sys.argv[1:3]
with open(source, encoding="utf-8", newline="") as file:
    header, *rows = csv.reader(file)
database = sqlite3.connect(target)
columns = ", ".join(f'"{name}" TEXT' for name in header)
database.execute(f"CREATE TABLE settlement ({columns})")
database.executemany(f"INSERT INTO settlement VALUES ({', '.join('?' * len(header))})", rows)
database.execute("CREATE VIEW v_medical_settlement AS SELECT * FROM settlement")
database.commit()
print(json.dumps({"rows": len(rows)}))
