"""What the stress programs share: run functions in threads for some seconds, and check invariants.

    PROGRAM [SECONDS]

hammer(work, ...) starts THREADS threads, more if there are more functions; each calls its function over and over, with
its own number, until the time is over. The first exception in a thread ends the program.
"""
import sys
import threading
import time

THREADS = 8
SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0


def hammer(*works, seconds=None, threads=THREADS):
    """Thread i runs works[i % len(works)](i) until the time is over. Returns how many calls there were in all."""
    failures = []
    calls = [0] * max(threads, len(works))
    start = threading.Barrier(len(calls))
    end = time.monotonic() + (SECONDS if seconds is None else seconds)

    def run(index):
        work = works[index % len(works)]
        done = 0
        try:
            start.wait()
            while time.monotonic() < end and not failures:
                work(index)
                done += 1
        except BaseException as failure:
            failures.append(failure)
        calls[index] = done

    running = [threading.Thread(target=run, args=(index,)) for index in range(len(calls))]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if failures:
        raise failures[0]
    return sum(calls)


def rounds(seconds=1.0):
    """Parts of the time, for programs that remember everything they do: what they remember is checked behind each."""
    left = SECONDS
    while left > 0:
        yield min(seconds, left)
        left -= seconds


def check(condition, *what):
    if not condition:
        raise AssertionError(*what)
