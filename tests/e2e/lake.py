"""Attaches a hub's lake with DuckDB and counts its rows. The extensions come from wheels: nothing is downloaded."""

import json
import pathlib
import shutil
import sys
import tempfile

import duckdb
import duckdb_extension_ducklake
import duckdb_extension_sqlite

data = sys.argv[1]
connection = duckdb.connect()
with tempfile.TemporaryDirectory() as folder:
    # An extension is known by its file's name, and the wheel of `sqlite_scanner` has it under another.
    for module, name in [(duckdb_extension_sqlite, "sqlite_scanner"), (duckdb_extension_ducklake, "ducklake")]:
        shipped = next(pathlib.Path(module.__file__).parent.rglob("*.duckdb_extension"))
        connection.load_extension(shutil.copy(shipped, f"{folder}/{name}.duckdb_extension"))

source = f"ducklake:sqlite:{data}/hub.db"
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
