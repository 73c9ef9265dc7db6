"""What `-X jit-log=stats` says of programs whose compilations are known: phases and sizes, exits by line and reason, what was compiled
again, and that the code of dead functions is freed.
"""

import re
import subprocess
import sys

from harness import Report, option_parser

CHANGING = """\
def total(items):
    result = 0
    for item in items:
        result = result + item
    return result

for items in [1] * 50, [1.5] * 50:
    for _ in map(total, [items] * 200):  # each call enters the function, which no caller has inlined
        pass
"""

# Each function is a Code of its own, hot, and dead a moment later.
DYING = """\
import gc
for number in range(150):
    names = {}
    exec(f"def short_lived(x):\\n    y = {number}\\n    for i in range(x):\\n        y += i\\n    return y", names)
    for _ in range(3):
        names["short_lived"](200)
    if number % 30 == 0:
        gc.collect()
"""

# Types that go round: exits teach the compiler the general operation in the end.
ENDLESS = """\
def add(a, b):
    return a + b

pairs = [(1, 2), (1.5, 2), (2**62, 1), ("a", "b"), ([1], [2]), ((1,), (2,)), (True, 3), (2, 2.5), (b"a", b"b")]
for turn in range(60):
    for a, b in pairs:
        for _ in range(100):
            add(a, b)
"""

COMPILATION = re.compile(r"^ *([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+) +(\d+) (quick|full ) py::(\S+)#(\d+)", re.MULTILINE)
EXIT = re.compile(r"^ *(\d+) left (\S+) line (\d+) word \d+: (\w+)$", re.MULTILINE)
TOTALS = re.compile(r"^jit: (\d+) compilations, (\d+) refused; (\d+) functions of (\d+) bytes made, (\d+) of (\d+) bytes freed$", re.MULTILINE)
AGAIN = re.compile(r"^ *(\d+) times py::(\S+)$", re.MULTILINE)


def statistics(krait, program):
    # Compiling at once, and waiting for it: what is compiled when does not depend on the machine.
    command = [krait, "-X", "jit=always", "-X", "jit-log=stats", "-c", program]
    process = subprocess.run(command, capture_output=True, text=True, timeout=280)
    if process.returncode != 0:
        sys.exit(f"exit status {process.returncode}: {process.stderr[-2000:]}")
    return process.stderr


def check_changing(krait, report):
    text = statistics(krait, CHANGING)
    phases = [found for found in COMPILATION.findall(text) if found[6].startswith("total:1")]
    report.expect("a compilation says how long each phase took and how large it is", any(all(map(float, found[:5])) for found in phases))
    exits = [found for found in EXIT.findall(text) if found[1] == "total" and found[3].startswith("GUARD_")]
    report.expect("an exit names the line where a float came instead of an int, and the guard", any(found[2] == "4" and int(found[0]) >= 16 for found in exits))
    again = {name: int(times) for times, name in AGAIN.findall(text) if name.startswith("total:1")}
    report.expect("what was compiled again is counted", any(2 <= times <= 8 for times in again.values()))


def check_dying(krait, report):
    text = statistics(krait, DYING)
    own = sum(name.startswith("short_lived:1") for *_, name, _ in COMPILATION.findall(text))
    _, _, made, made_size, freed, freed_size = map(int, TOTALS.search(text).groups())
    report.expect(f"each function was compiled ({own})", own >= 150)
    report.expect(f"code of dead functions is freed ({freed} of {made}, {freed_size} of {made_size} bytes)", freed >= 100 and freed_size * 3 > made_size)


def check_endless(krait, report):
    text = statistics(krait, ENDLESS)
    again = max([int(times) for times, name in AGAIN.findall(text) if name.startswith("add:")], default=1)
    report.expect(f"no function is compiled again for ever ({again} times)", again <= 12)


def main():
    krait = option_parser().parse_args().build / "krait"
    report = Report()
    for check in (check_changing, check_dying, check_endless):
        check(krait, report)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
