"""The rules' SQL in DuckDB over the same Parquet files, two threads: how many it takes, seconds, memory.

python duckdb_peer.py TABLES.json CONFIG DAY

TABLES.json: {table: [file, …]}. A rule is left out when it reads a derived table, wants a parameter that is unset, or says what
DuckDB does not know. What DuckDB writes otherwise is put in its words first. Ids are not followed through links; no cell is cited.
"""

import datetime
import json
import pathlib
import re
import resource
import sys
import time
import tomllib

import duckdb

WORDS = [
    (r"\blast_value\((?=[^()]*(?:\([^()]*\)[^()]*)*\bORDER BY\b)(?![^;]*?\)\s*OVER)", "last("),
    (r"\bfirst_value\((?=[^()]*(?:\([^()]*\)[^()]*)*\bORDER BY\b)(?![^;]*?\)\s*OVER)", "first("),
    (r"\bto_char\(", "strftime("),
    (r"\bregexp_like\(", "regexp_matches("),
    (r"\bBIGINT UNSIGNED\b", "UBIGINT"),
    (r"arrow_cast\((\$today|[a-z_.]+), 'Int32'\)", r"datediff('day', DATE '1970-01-01', CAST(\1 AS DATE))"),
]


def parameters(config, day):
    values = {}
    entries = []
    for name in ["parameters.toml", "parameters.local.toml"]:
        path = config / name
        if path.exists():
            entries += tomllib.load(path.open("rb")).get("parameter", [])
    for entry in sorted(entries, key=lambda entry: entry.get("from", datetime.date.min)):
        if "value" in entry and entry.get("from", datetime.date.min) <= day:
            number = float(entry["value"])
            scale = {"yuan": 100, "percent": 100, "yuan_per_kwh": 1_000_000}.get(entry["unit"], 1)
            values[entry["name"]] = round(number * scale)
    values["today"] = day
    values["month"] = day.replace(day=1)
    values["accounting_year"] = day.year + (day.month >= 10)
    return values


def main():
    tables = json.load(open(sys.argv[1]))
    config, day = pathlib.Path(sys.argv[2]), datetime.date.fromisoformat(sys.argv[3])
    values = parameters(config, day)
    base = duckdb.connect(config={"threads": 2, "memory_limit": "1500MB"})
    for table, files in tables.items():
        files = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
        base.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet([{files}], union_by_name = true)")
    taken, left_out, seconds, rows = 0, {}, [], 0
    cpu, began = sum(resource.getrusage(resource.RUSAGE_SELF)[:2]), time.monotonic()
    for path in sorted((config / "rules").glob("*.toml")):
        rule = tomllib.load(path.open("rb"))
        sql = rule["sql"]
        for before, after in WORDS:
            sql = re.sub(before, after, sql)
        wanted = {name: values.get(name) for name in set(re.findall(r"\$([a-z_]+)", sql))}
        if None in wanted.values():
            left_out[path.stem] = "a parameter is unset"
            continue
        for name, value in wanted.items():
            literal = f"DATE '{value}'" if isinstance(value, datetime.date) else f"CAST({value} AS BIGINT)"
            sql = re.sub(rf"\${name}\b", literal, sql)
        start = time.monotonic()
        try:
            # All columns of all rows, as the engine looks at them; none of them made a Python object.
            base.execute(f"CREATE OR REPLACE TEMP TABLE answer AS {sql}")
            rows += base.execute("SELECT count(*) FROM answer").fetchone()[0]
        except duckdb.Error as error:
            left_out[path.stem] = str(error).splitlines()[0][:100]
            continue
        taken += 1
        seconds.append((time.monotonic() - start, path.stem))
    wall, used = time.monotonic() - began, sum(resource.getrusage(resource.RUSAGE_SELF)[:2]) - cpu
    for one, rule in sorted(seconds, reverse=True)[:10]:
        print(f"  duckdb {rule}: {one:.2f} s")
    for rule, why in left_out.items():
        print(f"  duckdb leaves out {rule}: {why}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"duckdb {duckdb.__version__}: {taken} rules: {wall:.2f} s, {used:.2f} CPU s, {rows} rows, peak {peak} MB")


main()
