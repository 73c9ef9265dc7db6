# arguments: 1600
# short: 500 8500
"""A table of measurements as CSV: written, parsed, grouped, described, joined and printed."""

import csv
import io
import statistics
import sys
from collections import defaultdict
from itertools import groupby
from operator import itemgetter

SIZE = 80000

CITIES = ["Aachen", "Bergen", "Cork", "Delft", "Évora", "Gdańsk", 'Saint "Q", north', "Turku"]


def make_table(rows):
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["station", "day", "kind", "value", "remark"])
    state = 99
    for day in range(rows // 16):
        for station, city in enumerate(CITIES):
            for kind in ("temperature", "rain"):
                state = (state * 69069 + 1) & 0xFFFFFFFF
                noise = state / 4294967296
                value = 10 + station + 8 * noise if kind == "temperature" else max(0.0, 30 * noise - 15)
                writer.writerow([city, day, kind, "%.2f" % value, "dry, calm" if value < 1 else ""])
    return out.getvalue()


def describe(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    mean = sum(ordered) / len(ordered)
    spread = (sum((v - mean) ** 2 for v in ordered) / (len(ordered) - 1)) ** 0.5
    return mean, spread, ordered[0], ordered[middle], ordered[-1]


def main(rows):
    text = make_table(rows)
    print(len(text))
    records = list(csv.DictReader(io.StringIO(text)))
    print(len(records), records[-1])

    series = defaultdict(list)
    for record in records:
        series[record["station"], record["kind"]].append(float(record["value"]))
    for (station, kind), values in sorted(series.items()):
        print("%-18s %-12s %s" % (station, kind, " ".join("%8.3f" % x for x in describe(values))))

    records.sort(key=itemgetter("kind", "station"))
    for kind, group in groupby(records, key=itemgetter("kind")):
        dry = sum(record["remark"] != "" for record in group)
        print(kind, dry)

    warm = series["Turku", "temperature"]
    print("%.4f %.4f" % (statistics.fmean(warm), statistics.median(warm[:2001])))
    moving = []
    window = 0.0
    for i, value in enumerate(warm):
        window += value
        if i >= 7:
            window -= warm[i - 7]
            moving.append(window / 7)
    print("%.4f %.4f" % (min(moving), max(moving)))

    columns = list(zip(*(line.split(",")[-3:] for line in text.splitlines()[1:5000])))
    print([len(set(column)) for column in columns])
    histogram = defaultdict(int)
    for value in warm:
        histogram[int(value)] += 1
    for bucket in sorted(histogram):
        print("%3d %s" % (bucket, "#" * (histogram[bucket] * 400 // len(warm))))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
