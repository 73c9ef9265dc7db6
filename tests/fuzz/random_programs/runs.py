"""Runs random programs with an interpreter, many in a process, and keeps their outputs apart.

A program that crashes or hangs ends its process; it gets that as its output, and the programs after it start anew.
"""

import os
import pathlib
import signal
import subprocess
import tempfile

PEER = ["/usr/bin/python3.11"]
PRELUDE = pathlib.Path(__file__).with_name("prelude.py")
SEPARATOR = "\x1e"
PATIENCE = 30  # a process on a busy machine may have to wait so many seconds for one of processor time
BROKEN = "\x1d"  # stands in the output of a program that ended its process

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
ENVIRONMENT.update(PYTHONHASHSEED="0", LC_ALL="C.UTF-8", TZ="UTC", PYTHONDONTWRITEBYTECODE="1")


def run_process(command, texts, timeout):
    """One process; outputs of the programs that it finished, what the next one printed, and how the process ended."""
    with tempfile.TemporaryDirectory(prefix="krait-programs-") as folder:
        path = pathlib.Path(folder, "programs")
        path.write_text(SEPARATOR.join(texts), encoding="utf-8")
        process = subprocess.Popen(
            [*command, "-W", "ignore", str(PRELUDE), str(path), str(timeout), str(PATIENCE * timeout)],
            cwd=folder,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            # Every program has its own alarm; this is for a process that alarms do not end.
            stdout, stderr = process.communicate(timeout=PATIENCE * timeout * len(texts) + 5)
            ending = f"exit status {process.returncode}"
            if process.returncode < 0:
                ending = f"killed by {signal.Signals(-process.returncode).name}"
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            stdout, stderr = process.communicate()
            ending = "hangs"
    *finished, rest = stdout.decode("utf-8", "backslashreplace").split(SEPARATOR)
    complaint = stderr.decode("utf-8", "backslashreplace").strip().splitlines()[-3:]
    return finished, rest, " | ".join([ending, *complaint])


def run_programs(command, texts, timeout=10):
    """The outputs of programs, in order, each with `timeout` whole seconds of processor time."""
    outputs = []
    while len(outputs) < len(texts):
        left = texts[len(outputs) :]
        finished, rest, ending = run_process(command, left, timeout)
        outputs += finished[: len(left)]
        if len(finished) < len(left):
            outputs.append(f"{rest}{BROKEN}{ending}")
        elif ending != "exit status 0":
            outputs[-1] += f"{BROKEN}at exit: {ending}"
    return outputs


def is_broken(output):
    return BROKEN in output


def is_slow(output):
    return f"{BROKEN}killed by SIGPROF" in output or f"{BROKEN}killed by SIGALRM" in output
