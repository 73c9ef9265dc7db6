# options: -X tracemalloc=2
# compare: stdout
"""Warnings of streams that nobody closed tell which object it was, so that tracemalloc can show where it was made."""
import gc
import os
import socket
import subprocess
import sys
import tempfile
import tracemalloc
import warnings


def leave(make):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        make()
        for _ in range(3):
            gc.collect()
    for warning in caught:
        lines = tracemalloc.get_object_traceback(warning.source).format()
        print(warning.category.__name__, type(warning.source).__name__, lines[-2:])


def file():
    open(__file__, "rb")


def connection():
    socket.socket()


def folder():
    next(os.scandir(os.path.dirname(__file__)))


for make in (file, connection, folder):
    leave(make)

with tempfile.TemporaryDirectory() as scratch:
    path = os.path.join(scratch, "program.py")

    def run(content):
        with open(path, "wb") as script:
            script.write(content)
        done = subprocess.run([sys.executable, path], capture_output=True)
        return done.returncode, b"Non-UTF-8" in done.stderr

    for content in (b"0000\x00\n000\n\x00\n\x9e\n", b"#\x00\n#\xfd\n", b"# coding: latin-1\n#\xfd\nprint()\n"):
        print(run(content))
for setting in ("frozen_modules", "frozen_modules=", "frozen_modules=on", "frozen_modules=off", "frozen_modules=x"):
    program = "import os; print(os.__spec__.loader)"
    done = subprocess.run([sys.executable, "-X", setting, "-c", program], capture_output=True, text=True)
    print(setting, done.returncode, "Frozen" in done.stdout)
