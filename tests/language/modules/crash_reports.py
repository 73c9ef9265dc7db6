"""faulthandler: dumps on request, when time is up, and on fatal signals."""
import faulthandler
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

os.environ["ASAN_OPTIONS"] = "handle_segv=0:handle_abort=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0"


def dumped(action):
    with tempfile.TemporaryFile() as file:
        action(file)
        file.seek(0)
        text = file.read().decode()
    print(re.sub(r'0x[0-9a-f]+', '0x', re.sub(r'File ".*[/"](\w+\.py)"', r'File "\1"', text)))


def inner(file):
    faulthandler.dump_traceback(file, all_threads=False)


def on_signal(file):
    faulthandler.register(signal.SIGUSR1, file, all_threads=False)
    os.kill(os.getpid(), signal.SIGUSR1)
    print(faulthandler.unregister(signal.SIGUSR1), faulthandler.unregister(signal.SIGUSR1))


def too_late(file):
    faulthandler.dump_traceback_later(0.05, file=file)
    time.sleep(0.5)
    faulthandler.cancel_dump_traceback_later()


def cancelled(file):
    faulthandler.dump_traceback_later(60, file=file)
    faulthandler.cancel_dump_traceback_later()


def two_threads(file):
    lock = threading.Lock()
    lock.acquire()

    def wait():
        with lock:
            pass

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.2)
    faulthandler.dump_traceback(file)
    lock.release()
    thread.join()


for action in (inner, on_signal, too_late, cancelled, two_threads):
    print(action.__name__)
    dumped(action)

print(faulthandler.is_enabled(), faulthandler.disable())
for crash in ("_sigsegv()", "_sigfpe()", "_sigabrt()", "_read_null()"):
    command = f"import faulthandler\ndef f():\n  faulthandler.{crash}\nf()"
    result = subprocess.run([sys.executable, "-X", "faulthandler", "-c", command], capture_output=True, text=True)
    print(result.returncode, re.sub("0x[0-9a-f]+", "0x", result.stderr))

for bad in (lambda: faulthandler.register(signal.SIGSEGV), lambda: faulthandler.register(0), lambda: faulthandler.dump_traceback("x"),
            lambda: faulthandler.dump_traceback_later(-1), lambda: faulthandler.dump_traceback(-3)):
    try:
        bad()
    except Exception as error:
        print(type(error).__name__, error)
