"""Makes vectors.tsv: moments of random expressions, as cronsim (https://pypi.org/project/cronsim/) 2.8 computes them.

    python3 -m venv v && v/bin/pip install cronsim==2.8 tzdata && v/bin/python vectors.py > vectors.tsv

Each line: expression, day_match, zone, start, then the next moments, all seconds since 1970 UTC, tab separated.
Left out is what cron implementations mean differently: `*/n` in one day field while the other one is restricted; and `5-5/2`,
which is read as `5/2` there.
"""

import random
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

ZONES = ["Asia/Shanghai", "Asia/Shanghai", "UTC", "America/New_York"]
CASES = 420
FIRES = 8
NAMES = {"month": ["JAN", "FEB", "MAR", "APR", "JUN", "NOV", "DEC"], "week": ["SUN", "MON", "TUE", "FRI", "SAT"]}
chance = random.Random(20261130)


def item(low, high):
    kind = chance.random()
    first = chance.randint(low, high)
    if kind < 0.55:
        return str(first)
    last = chance.randint(first, high)
    if kind < 0.8 or first == last:
        return f"{first}-{last}"
    return f"{first}-{last}/{chance.randint(1, 5)}"


def field(low, high, star):
    kind = chance.random()
    if kind < star:
        return "*"
    if kind < star + 0.12:
        return f"*/{chance.choice([2, 3, 5, 7, 10, 15])}"
    return ",".join(item(low, high) for _ in range(chance.choice([1, 1, 1, 2, 3])))


def day_of_month():
    if chance.random() < 0.08:
        return "L"
    return field(1, 31, 0.55)


def day_of_week():
    kind = chance.random()
    if kind < 0.08:
        return f"{chance.randint(0, 6)}#{chance.randint(1, 5)}"
    if kind < 0.14:
        return f"{chance.randint(0, 6)}L"
    if kind < 0.22:
        return chance.choice(NAMES["week"])
    return field(0, 7, 0.5)


def month():
    return chance.choice(NAMES["month"]) if chance.random() < 0.08 else field(1, 12, 0.7)


def main():
    made = 0
    while made < CASES:
        fields = [field(0, 59, 0.15), field(0, 23, 0.3), day_of_month(), month(), day_of_week()]
        both = fields[2] != "*" and fields[4] != "*"
        if both and (fields[2].startswith("*") or fields[4].startswith("*")):
            continue
        zone = ZoneInfo(chance.choice(ZONES))
        begin = datetime(2020, 1, 1, tzinfo=timezone.utc) + timedelta(minutes=chance.randint(0, 8 * 366 * 24 * 60))
        # A clock change is near, one time in three.
        if zone.key == "America/New_York" and chance.random() < 0.35:
            begin = chance.choice([datetime(2025, 3, 9, tzinfo=timezone.utc), datetime(2025, 11, 2, tzinfo=timezone.utc)])
        expression = " ".join(fields)
        try:
            moments = CronSim(expression, begin.astimezone(zone))
            fires = [int(next(moments).timestamp()) for _ in range(FIRES)]
        except (CronSimError, StopIteration):
            continue
        if fires[0] > begin.timestamp() + 4 * 366 * 24 * 3600:
            continue
        made += 1
        print(expression, "any" if both else "", zone.key, int(begin.timestamp()), *fires, sep="\t")


main()
