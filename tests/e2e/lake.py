"""Attaches a hub's lake with DuckDB and counts its rows. The extensions come from wheels: nothing is downloaded.

lake.py CATALOGUE; CATALOGUE is `sqlite:FILE` or `postgres:dbname=… host=…`, as DuckLake has it.
"""

import importlib
import json
import pathlib
import shutil
import sys
import tempfile

import duckdb

catalogue = sys.argv[1]
# An extension is known by its file's name, and the wheel of `sqlite_scanner` has it under another.
readers = {"sqlite": ("sqlite", "sqlite_scanner"), "postgres": ("postgres_scanner", "postgres_scanner")}
reader = readers[catalogue.partition(":")[0]]
connection = duckdb.connect()
with tempfile.TemporaryDirectory() as folder:
    for module, name in [reader, ("ducklake", "ducklake")]:
        wheel = importlib.import_module(f"duckdb_extension_{module}").__file__
        shipped = next(pathlib.Path(wheel).parent.rglob("*.duckdb_extension"))
        connection.load_extension(shutil.copy(shipped, f"{folder}/{name}.duckdb_extension"))

source = f"ducklake:{catalogue}"
connection.execute(f"ATTACH '{source}' AS lake (READ_ONLY)")
connection.execute(f"ATTACH '{source}' AS before (READ_ONLY, SNAPSHOT_VERSION 0)")
tables = connection.execute(
    "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'lake'"
).fetchall()
seen: dict = {"main": {}, "landing": {}}
for schema, table in tables:
    (count,) = connection.execute(f'SELECT count(*) FROM lake."{schema}"."{table}"').fetchone()
    seen[schema][table] = count
(seen["tables_before"],) = connection.execute(
    "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'before'"
).fetchone()
try:
    connection.execute("DELETE FROM lake.main.household")
    seen["writable"] = True
except duckdb.Error:
    seen["writable"] = False
print(json.dumps(seen))
