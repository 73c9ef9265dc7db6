"""Compiled attribute accesses of one shape contain no call and no hash lookup: asserts on the HIR of the loops of bench/attributes.

Krait runs the loop of each kind until it is compiled and prints its HIR (-X jit-log=hir). The last text behind the last pass is the code
that stays. In it nothing may call (HIR operations CALL_*, STEP, TRUTH), and nothing may leave for want of feedback (LEAVE): so whatever
the access does is there, in loads, guards and arithmetic.
"""

import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
ATTRIBUTES = ROOT / "bench" / "attributes"
sys.path.insert(0, str(ATTRIBUTES))
from kinds import KINDS

# One shape, but more than an inlined access: the getter that fills a cache stays in the code as a call; getattr() is a builtin function.
WITH_CALLS = {"cached_property", "__getattr__, delegating", "getattr()", "enum member's value"}
INLINED = [name for name in KINDS if not name.endswith("shapes") and name not in WITH_CALLS]
CALLS = re.compile(r"\b(CALL_\w+|STEP|TRUTH|LEAVE)\b.*")

RUN = """
import sys, time, types
sys.path.insert(0, sys.argv[1])
from kinds import CLASSES, KINDS, LOOP

loops = []
for number, (objects, statements) in enumerate(KINDS.values()):
    names = vars(types.ModuleType("kind"))
    exec(CLASSES, names)
    exec(LOOP.format(statements=statements).replace("loop", f"kind{number}_", 1), names)
    loops.append((names[f"kind{number}_"], eval(objects, names)))
for turn in range(int(sys.argv[2])):
    for loop, objects in loops:
        loop(800, objects)
    time.sleep(0.1)
"""


def last_texts(log):
    """number of the kind -> its HIR behind the last pass, of its last compilation"""
    texts = {}
    parts = re.split(r"^# (\w+)\n", log, flags=re.MULTILINE)
    for name, text in zip(parts[1::2], parts[2::2]):
        if name == "dead" and (found := re.match(r"function py::kind(\d+)_:", text)):
            texts[int(found[1])] = text.split("\nstates:")[0]
    return texts


def faults(name, text):
    if text is None:
        return ["not compiled"]
    found = sorted({match[0] for match in CALLS.finditer(text)})
    if " loop" not in text:
        found.append("no loop")
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--sample", action="store_true")
    parser.add_argument("--print", metavar="KIND", help="show the HIR of a kind")
    options = parser.parse_args()
    command = [options.build / "krait", "-X", "jit=eager", "-X", "jit-log=hir", "-c", RUN, ATTRIBUTES, "12" if options.sample else "30"]
    process = subprocess.run(command, capture_output=True, text=True, timeout=280)
    if process.returncode != 0:
        print(f"exit status {process.returncode}\n{process.stderr[-2000:]}")
        return 1
    texts = last_texts(process.stderr)
    if options.print:
        print(texts.get(list(KINDS).index(options.print)))
    failed = 0
    for number, name in enumerate(KINDS):
        found = faults(name, texts.get(number))
        if name in INLINED and found:
            failed += 1
            print(f"FAILED {name}: {'; '.join(found)}")
    print(f"{len(INLINED) - failed} kinds without calls, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
