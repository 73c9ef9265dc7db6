"""Runs CPython's own test modules under Krait and says what passes; the record of that may only improve.

    ./dev conformance                     all modules of modules.tsv, compared with results.tsv
    ./dev conformance test_dict test_re   these (any module of CPython's suite)
    ./dev conformance --group core        one group of modules.tsv
    ./dev conformance --group core --mode always                 in one mode of the compiler: off, on, always, stress
    ./dev conformance test_re --match 'test_sub*' --verbose      single tests, with what they print

Each module runs in a process of its own, in a temporary folder. After a crash, or when a test hangs, the module is started again without
the tests that are done, so every test has a result. What CPython fails in the same environment does not count: where a test fails,
CPython runs that module too, and its results are kept in the build folder.

results.tsv      module, tests passed, failed, skipped, names of those that fail. A test that fails and is not named there is a regression.
                 --update writes improvements, --accept writes everything.
results_MODE.tsv the same of a mode of the compiler. Modules that are not in it are compared with results.tsv.
known_failures.tsv   test, cause. A module is complete when each test that fails under Krait and not under CPython stands there.
"""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from compiler_modes import MODES

ROOT = HERE.parent.parent
PEER = "/usr/bin/python3.11"
BAD = ("failed", "error", "crash", "timeout")
MOST_RESTARTS = 25
RECORD = HERE / "results.tsv"

ModuleResult = collections.namedtuple("ModuleResult", "tests seconds")  # tests: id -> (kind, reason)
Record = collections.namedtuple("Record", "passed failed skipped failing")


# ---- Files ----


def read_table(path):
    if not path.exists():
        return []
    with open(path, encoding="utf-8") as file:
        return [line.rstrip("\n").split("\t") for line in file if line.strip() and not line.startswith("#")]


def write_table(path, rows):
    """Replaces the rows of a table and keeps the comment at its top."""
    comment = []
    if path.exists():
        with open(path, encoding="utf-8") as file:
            comment = [line for line in file if line.startswith("#")]
    scratch = path.with_suffix(".new")
    with open(scratch, "w", encoding="utf-8") as file:
        file.writelines(comment)
        file.writelines("\t".join(map(str, row)) + "\n" for row in rows)
    scratch.replace(path)


def read_records(path):
    return {row[0]: Record(int(row[1]), int(row[2]), int(row[3]), frozenset(row[4].split("|") if row[4] else ())) for row in read_table(path)}


def write_records(path, records):
    rows = ((name, r.passed, r.failed, r.skipped, "|".join(sorted(r.failing))) for name, r in sorted(records.items()))
    write_table(path, rows)


# ---- One module ----


def read_journal(path):
    """The results in a journal, the test that was running when it broke off (or None), and whether it reached its end."""
    tests, running, ended = {}, None, False
    if not path.exists():
        return tests, running, ended
    for line in path.read_text(encoding="utf-8").splitlines():
        kind, *fields = line.split("\t")
        if kind == "end":
            ended = True
        elif kind == "start":
            running = fields[0]
        else:
            name, reason = fields[0], fields[1] if len(fields) > 1 else ""
            if name not in tests or tests[name][0] not in BAD:
                tests[name] = (kind, reason)
            if name == running:
                running = None
    return tests, running, ended


def clean_environment(folder):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LC_"))}
    environment.update(LANG="C.UTF-8", TMPDIR=str(folder))
    return environment


def kill(process):
    """Asks for a dump of all threads, then ends the whole process group."""
    for sent, patience in ((signal.SIGABRT, 5), (signal.SIGKILL, None)):
        try:
            os.killpg(process.pid, sent)
        except ProcessLookupError:
            pass
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            pass


def watch(process, journal, options):
    """Waits for the process; one whose journal stands still for too long is ended. True if it ended by itself."""
    size, since = -1, time.monotonic()
    while True:
        try:
            process.wait(0.5)
            return True
        except subprocess.TimeoutExpired:
            pass
        new_size = journal.stat().st_size if journal.exists() else 0
        if new_size != size:
            size, since = new_size, time.monotonic()
        elif time.monotonic() - since > options.timeout:
            kill(process)
            return False


def run_module(interpreter, name, options, log):
    started = time.monotonic()
    tests = {}
    for attempt in range(MOST_RESTARTS):
        scratch = pathlib.Path(tempfile.mkdtemp(prefix="kc-"))  # short: names of Unix sockets are limited
        journal, done, work = scratch / "journal", scratch / "done", scratch / "w"
        work.mkdir()
        done.write_text("\n".join(tests), encoding="utf-8")
        command = [*interpreter, "-u", str(HERE / "driver.py"), name, str(journal), "--done", str(done)]
        for pattern in options.match:
            command += ["--match", pattern]
        for resource in options.use:
            command += ["--use", resource]
        process = subprocess.Popen(
            command, cwd=work, env=clean_environment(work), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
        in_time = watch(process, journal, options)
        kill(process)  # what the tests left running
        found, running, ended = read_journal(journal)
        tests.update(found)
        shutil.rmtree(scratch, ignore_errors=True)
        if in_time and ended and process.returncode == 0:
            break
        kind = "crash" if in_time else "timeout"
        if kind == "timeout":
            reason = f"no end after {options.timeout:g} s"
        elif process.returncode < 0:
            reason = f"killed by {signal.Signals(-process.returncode).name}"
        else:
            reason = f"exit status {process.returncode}"
        if ended or running is None:
            tests[f"{name} ({'at exit' if ended else 'outside tests'})"] = (kind, reason)
            break
        tests[running] = (kind, reason)
    return ModuleResult(tests, time.monotonic() - started)


def summarize(result, excused=()):
    """The record of a module, without the tests that CPython fails as well."""
    kinds = collections.Counter()
    failing = set()
    for name, (kind, _) in result.tests.items():
        if kind in BAD and name in excused:
            continue
        kinds["failed" if kind in BAD else kind] += 1
        if kind in BAD:
            failing.add(name)
    return Record(kinds["passed"], kinds["failed"], kinds["skipped"], frozenset(failing))


# ---- All of them ----


class Session:
    def __init__(self, options, modules, groups):
        self.options = options
        self.modules = modules
        self.groups = groups
        self.interpreter = [options.interpreter, *MODES.get(options.mode, ()), *shlex.split(options.args)]
        self.recorded = read_records(options.results)
        self.expected = {**read_records(RECORD), **self.recorded} if options.mode else self.recorded
        self.causes = {row[0]: row[1] for row in read_table(HERE / "known_failures.tsv")}
        self.folder = options.build / "conformance"
        self.logs = self.folder / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.results = {}
        self.records = {}

    def excused_by_peer(self, name, failing):
        """Those of the failing tests that CPython fails here, too. It is asked once, then its results are kept."""
        cache = self.folder / "peer" / f"{name}.tsv"
        if not cache.exists():
            with open(self.logs / f"{name}.cpython.log", "w") as log:
                result = run_module([PEER], name, self.options, log)
            if self.options.match:
                return {test for test, (kind, _) in result.tests.items() if kind in BAD}
            cache.parent.mkdir(exist_ok=True)
            write_table(cache, ((test, kind, reason) for test, (kind, reason) in result.tests.items()))
        return {row[0] for row in read_table(cache) if row[1] in BAD} & failing

    def examine(self, name):
        log_path = self.logs / f"{name}.log"
        with open(log_path, "w") as log:
            result = run_module(self.interpreter, name, self.options, log)
        record = summarize(result)
        if record.failing and self.options.interpreter != PEER:
            record = summarize(result, self.excused_by_peer(name, record.failing))
        return name, result, record

    def retry_regressions(self):
        """A test that newly fails is run once more, alone and with the machine to itself: some depend on time."""
        for name, record in self.records.items():
            suspects = self.new_failures(name)
            if not suspects or len(suspects) > 10:
                continue
            options = argparse.Namespace(**{**vars(self.options), "match": sorted(suspects)})
            with open(self.logs / f"{name}.again.log", "w") as log:
                again = run_module(self.interpreter, name, options, log)
            recovered = {test for test in suspects if again.tests.get(test, ("missing",))[0] in ("passed", "skipped")}
            if recovered:
                print(f"passed when run again, alone: {' '.join(sorted(recovered))}")
                tests = {**self.results[name].tests, **{test: again.tests[test] for test in recovered}}
                self.results[name] = self.results[name]._replace(tests=tests)
                failing = record.failing - recovered
                self.records[name] = record._replace(passed=record.passed + len(recovered), failed=len(failing), failing=failing)

    def new_failures(self, name):
        before = self.expected.get(name)
        return self.records[name].failing - before.failing if before else frozenset()

    def regressions(self):
        for name, record in self.records.items():
            for test in sorted(self.new_failures(name)):
                yield f"{test} fails: {' '.join(self.results[name].tests[test])}"
            before = self.expected.get(name)
            if before and not self.new_failures(name):
                count_before, count = before.passed + before.failed + before.skipped, record.passed + record.failed + record.skipped
                if record.passed + record.skipped < before.passed + before.skipped:
                    yield f"{name} ran {count} tests, before {count_before}"

    def unexplained(self, name):
        return sorted(test for test in self.records[name].failing if test not in self.causes)

    def run(self):
        for path in (self.logs,):
            path.mkdir(parents=True, exist_ok=True)
        width = max(map(len, self.modules)) + 2
        print(f"{'module':{width}}{'passed':>8}{'failed':>8}{'skipped':>9}{'seconds':>9}", flush=True)
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            waiting = [pool.submit(self.examine, name) for name in self.modules]
            for future in concurrent.futures.as_completed(waiting):
                name, result, record = future.result()
                self.results[name], self.records[name] = result, record
                kinds = collections.Counter(kind for test, (kind, _) in result.tests.items() if test in record.failing)
                remarks = [f"{kinds[kind]} {kind}" for kind in ("crash", "timeout") if kinds[kind]]
                excused = sum(kind in BAD for kind, _ in result.tests.values()) - record.failed
                if excused:
                    remarks.append(f"{excused} fail in CPython, too")
                print(
                    f"{name:{width}}{record.passed:8}{record.failed:8}{record.skipped:9}{result.seconds:9.1f}  {', '.join(remarks)}".rstrip(),
                    flush=True,
                )
                if self.options.verbose:
                    for test in sorted(record.failing):
                        print(f"    {test}: {' '.join(result.tests[test])}")
                    if self.options.match:
                        print((self.logs / f"{name}.log").read_text(errors="replace"))

    def report(self):
        """Prints what came out; the exit status."""
        if not self.options.match:
            self.retry_regressions()
        regressions = [] if self.options.match else list(self.regressions())
        total = [sum(record[index] for record in self.records.values()) for index in range(3)]
        print()
        for group, members in self.groups.items():
            present = [name for name in members if name in self.records]
            if present:
                complete = [name for name in present if not self.unexplained(name)]
                print(f"{group}: {len(complete)} of {len(present)} modules complete")
        passing = {test for result in self.results.values() for test, (kind, _) in result.tests.items() if kind == "passed"}
        stale = sorted(passing & self.causes.keys())
        for test in stale:
            print(f"known_failures.tsv lists {test}, but it passes")
        for regression in regressions:
            print(f"REGRESSION {regression}")
        print(f"logs: {self.logs}")
        print(f"{total[0]} passed, {total[1]} failed, {total[2]} skipped")
        if self.options.update or self.options.accept:
            self.write(bool(regressions))
        return 1 if regressions and not self.options.accept else 0

    def write(self, any_regression):
        records = dict(self.recorded)
        for name, record in self.records.items():
            regressed = any_regression and (self.new_failures(name) or (name in self.expected and record.passed < self.expected[name].passed))
            if self.options.accept or not regressed:
                records[name] = record
        write_records(self.options.results, records)


def parse_options():
    parser = argparse.ArgumentParser(description="Runs CPython's test modules under Krait and keeps a record that may only improve.")
    parser.add_argument("modules", nargs="*", help="such as test_dict; all of modules.tsv if none is named")
    parser.add_argument("--group", action="append", default=[], help="the modules of this group of modules.tsv")
    parser.add_argument("--interpreter", default=str(ROOT / "build" / "krait"))
    parser.add_argument("--args", default="", help="options for the interpreter, such as '-X jit=always'")
    parser.add_argument("--mode", choices=MODES, help="of the compiler; it has a record of its own")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build", help="folder for logs and for CPython's results")
    parser.add_argument("--results", type=pathlib.Path, help="the record to compare with")
    parser.add_argument("--match", action="append", default=[], metavar="PATTERN", help="only tests so named, as with -m test -m")
    parser.add_argument("--use", action="append", default=[], metavar="RESOURCE", help="enable a resource, as with -m test -u")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="modules at a time")
    parser.add_argument("--timeout", type=float, default=180, help="seconds without progress after which a test has hung")
    parser.add_argument("--verbose", action="store_true", help="name the tests that fail; with --match, show the output")
    parser.add_argument("--update", action="store_true", help="write improvements to the record")
    parser.add_argument("--accept", action="store_true", help="write everything to the record, regressions too")
    options = parser.parse_args()
    options.results = options.results or (RECORD.with_name(f"results_{options.mode}.tsv") if options.mode else RECORD)
    return options


def choose_modules(options):
    groups = collections.defaultdict(list)
    for group, module in read_table(HERE / "modules.tsv"):
        groups[group].append(module)
    unknown = set(options.group) - groups.keys()
    if unknown:
        sys.exit(f"no group named {', '.join(unknown)}; there are: {', '.join(groups)}")
    names = list(options.modules)
    for group in options.group or ([] if names else groups):
        names += groups[group]
    return list(dict.fromkeys(names)), groups


def main():
    # A parent that ignores signals (nohup, a background job of a shell) would pass that on to the tests.
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL), (signal.SIGQUIT, signal.SIG_DFL)):
        signal.signal(number, handler)
    options = parse_options()
    if not os.access(options.interpreter, os.X_OK):
        sys.exit(f"there is no interpreter {options.interpreter}")
    modules, groups = choose_modules(options)
    session = Session(options, modules, groups)
    session.run()
    return session.report()


if __name__ == "__main__":
    sys.exit(main())
