# arguments: 300
# short: 600 5000
"""A log searched, split and rewritten with regular expressions."""

import re
import sys
from collections import Counter

SIZE = 35000

LINE = re.compile(
    r"""(?P<host>\d{1,3}(?:\.\d{1,3}){3})\s+-\s+(?P<user>\w+|-)\s+
        \[(?P<day>\d\d)/(?P<month>[A-Z][a-z]{2})/(?P<year>\d{4}):(?P<time>[\d:]+)\]\s+
        "(?P<verb>GET|POST|PUT)\s+(?P<path>[^"?\s]+)(?:\?(?P<query>[^"\s]*))?"\s+(?P<status>\d{3})\s+(?P<size>\d+|-)""",
    re.VERBOSE,
)
PARAMETER = re.compile(r"(\w+)=([^&]*)")
REPEATED = re.compile(r"\b(\w+)\s+\1\b", re.IGNORECASE)


def make_log(lines):
    seed = 1
    users = ["ann", "bob", "-", "carol", "dave"]
    paths = ["/", "/index.html", "/static/site.css", "/item/%d", "/search", "/user/%d/profile"]
    out = []
    for number in range(lines):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        pick = seed >> 5
        path = paths[pick % 6]
        if "%d" in path:
            path %= pick % 500
        if pick % 4 == 0:
            path += "?q=%s&page=%d" % ("abc"[pick % 3] * (pick % 5 + 1), pick % 20)
        host = "10.%d.%d.%d" % (pick % 4, pick % 17, pick % 253)
        time = "%02d:%02d:%02d" % (number // 3600 % 24, number // 60 % 60, number % 60)
        verb = ["GET", "GET", "POST", "PUT"][pick % 4]
        status = [200, 200, 200, 404, 500, 301][pick % 6]
        size = pick % 90000 or "-"
        out.append('%s - %s [%02d/Mar/2024:%s] "%s %s" %d %s' % (host, users[pick % 5], number % 28 + 1, time, verb, path, status, size))
        if pick % 50 == 0:
            out.append("garbage garbage %d: could not not parse" % number)
    return "\n".join(out)


def main(lines):
    log = make_log(lines)
    statuses, searches, bad, size = Counter(), Counter(), 0, 0
    for line in log.split("\n"):
        match = LINE.match(line)
        if match is None:
            bad += 1
            continue
        statuses[match["status"], match["verb"]] += 1
        if match["size"] != "-":
            size += int(match["size"])
        if match["query"]:
            searches.update(PARAMETER.findall(match["query"]))
    print(bad, size)
    print(sorted(statuses.items()))
    print(sorted(searches.items(), key=lambda item: (-item[1], item[0]))[:4])

    hidden = re.sub(r"(\d+)\.(\d+)\.\d+\.\d+", r"\1.\2.x.x", log)
    print(len(hidden), hidden.count(".x.x"))
    print(len(REPEATED.findall(log)), REPEATED.sub(lambda match: match[1].upper(), log).count("GARBAGE"))
    print(len(re.split(r"[\s\"\[\]]+", log)))
    print(len(re.findall(r"/item/(?!1)\d+", log)), len(re.findall(r"(?<=/user/)\d+(?=/profile)", log)))
    numbers = re.compile(r"\b[1-9]\d*[05]\b")
    print(sum(int(match.group()) for match in numbers.finditer(log)))
    print(len(re.findall(r"(?:a+|b+)+c?&", log)), len(re.findall(r"(?mi)^.*?post.*(?:50|30)\d \d+$", log)))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
