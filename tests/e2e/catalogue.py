"""Looks into a hub's database from outside: what is visible, and whether all of it belongs together."""

import json
import pathlib
import shutil
import sqlite3
import sys
import tempfile

data = pathlib.Path(sys.argv[1])
lake = data / "lake"
# Each query counts things that must not be there, whenever the hub died.
HALF_VISIBLE = {
    "files of a run that is not committed":
        "SELECT count(*) FROM lake_file JOIN run USING (run_id) WHERE run.state <> 'committed'",
    "streams of a run that is not committed":
        "SELECT count(*) FROM run_stream JOIN run USING (run_id) WHERE run.state <> 'committed'",
    "cursors of a run that is not committed":
        "SELECT count(*) FROM stream_cursor JOIN run USING (run_id) WHERE run.state <> 'committed'",
    "streams whose landed files hold other rows than the run counted":
        """SELECT count(*) FROM run_stream s WHERE rows_in <> (
               SELECT coalesce(sum(record_count), 0) FROM lake_file f JOIN ducklake_data_file USING (data_file_id)
               WHERE f.run_id = s.run_id AND f.stream = s.stream AND f.schema_name = 'landing')""",
    "files in one catalogue and not in the other":
        """SELECT count(*) FROM lake_file f FULL JOIN ducklake_data_file d USING (data_file_id)
           WHERE f.path IS NULL OR d.path IS NULL""",
    "warnings without an event, or events without a warning":
        "SELECT abs((SELECT count(*) FROM warning) - (SELECT count(*) FROM outbox WHERE type LIKE '%.opened.%'))",
    "warnings without their evidence":
        "SELECT count(*) FROM warning w WHERE NOT EXISTS (SELECT 1 FROM evidence e WHERE e.fingerprint = w.fingerprint)",
    "events without a delivery":
        "SELECT count(*) FROM outbox o WHERE NOT EXISTS (SELECT 1 FROM delivery d WHERE d.sequence = o.sequence)",
}

seen = {"half_visible": 0, "missing_files": 0, "orphans": 0, "landed": {}, "why": []}
if (data / "hub.db").exists():
    # On a copy: what a kill left half done is undone by whoever opens it first, and that is to be the hub.
    copy = tempfile.TemporaryDirectory()
    for part in data.glob("hub.db*"):
        shutil.copy(part, copy.name)
    database = sqlite3.connect(pathlib.Path(copy.name) / "hub.db")
    made = database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'ducklake_snapshot'").fetchone()[0]
    if made:
        for what, query in HALF_VISIBLE.items():
            (count,) = database.execute(query).fetchone()
            seen["half_visible"] += count
            if count:
                seen["why"].append(f"{count} {what}")
        known = dict(
            database.execute("SELECT f.path, file_size_bytes FROM lake_file f JOIN ducklake_data_file USING (data_file_id)")
        )
        there = {str(file.relative_to(lake)): file.stat().st_size for file in lake.rglob("*") if file.is_file()}
        seen["missing_files"] = sum(there.get(path) != size for path, size in known.items())
        seen["orphans"] = len(there.keys() - known.keys())
        seen["landed"] = dict(
            database.execute(
                """SELECT connector || '/' || stream, sum(record_count) FROM lake_file JOIN ducklake_data_file
                   USING (data_file_id) WHERE schema_name = 'landing' AND end_snapshot IS NULL GROUP BY 1"""
            )
        )
print(json.dumps(seen))
