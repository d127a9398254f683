#!/usr/bin/env python3
"""What the bench's partial.json says about Vigil: ratios of the same round, their medians, ok or short.

usage: reach.py PARTIAL.json VERDICTS
Exit status 1 when the journal lacks what was acknowledged, or a commit was not synced."""
import json
import re
import statistics
import sys

rows = json.load(open(sys.argv[1]))["rows"]


def value(row, path):
    for part in path.split("."):
        row = (row or {}).get(part)
    return row


def peak_mib(row):
    return max(value(row, "fixed.rss_kb") or 0, value(row, "half.rss_kb") or 0) / 1024


def ratios(path, against):
    """Per round, vigil's value over that of `against` in the same round."""
    base = {row["round"]: value(row, path) for row in rows.get(against, [])}
    found = []
    for row in rows.get("vigil", []):
        mine, other = value(row, path), base.get(row["round"])
        if mine and other:
            found.append(mine / other)
    return found


def line(what, found, limit, keeps, unit=""):
    if not found:
        print(f"| {what} | not measured | {limit} | – |")
        return
    middle = statistics.median(found)
    print(f"| {what} | {middle:.2f}{unit} ({min(found):.2f}–{max(found):.2f}) | {limit} | {'ok' if keeps(middle) else 'short'} |")


print("| reach | measured, median (lowest–highest) | wanted | |\n| --- | --- | --- | --- |")
line("largest sustained rate, × relay", ratios("max", "relay"), "≥ 0.7", lambda x: x >= 0.7)
line("CPU a million readings at half load, × relay", ratios("half.cpu_per_1M", "relay"), "≤ 1.8", lambda x: x <= 1.8)
line("p99 at 1,000/s, × relay_db", ratios("fixed.p99_us", "relay_db"), "≤ 2", lambda x: x <= 2)
line("peak memory", [peak_mib(row) for row in rows.get("vigil", [])], "≤ 64 MiB", lambda x: x <= 64, " MiB")

print("\n| gateway | largest rate | CPU s/million at half | p50 ms at 1,000/s | p99 ms at 1,000/s | p99 ms at half | peak MiB | missing | twice |")
print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
for name, runs in rows.items():
    def middle(path, over=1.0, digits=1):
        found = [value(row, path) for row in runs if value(row, path) is not None]
        return f"{statistics.median(found) / over:.{digits}f}" if found else "–"

    total = lambda key: sum((value(row, "fixed." + key) or 0) + (value(row, "half." + key) or 0) for row in runs)
    memory = f"{statistics.median([peak_mib(row) for row in runs]):.0f}" if runs else "–"
    print(f"| {name} | {middle('max', 1, 0)} | {middle('half.cpu_per_1M')} | {middle('fixed.p50_us', 1e3)} | {middle('fixed.p99_us', 1e3)} "
          f"| {middle('half.p99_us', 1e3)} | {memory} | {total('missing')} | {total('duplicate')} |")

status, checks = 0, 0
print()
for text in open(sys.argv[2]):
    found = dict(re.findall(r"(\w+)=(\w+)", text))
    checks += 1
    is_whole = found["journal"].isdigit() and int(found["journal"]) >= int(found["puback"])
    is_synced = found["synchronous"] == "2"
    if not (is_whole and is_synced):
        status = 1
        print(f"FAULT: {text.strip()}")
print(f"journal ≥ acknowledged and synchronous = 2: {checks} stops looked at, {'all' if status == 0 and checks else 'NOT all'} hold")
sys.exit(status if checks else 1)
