# What a thread that dies of an exception reports, also when sys.stderr is None by then: threading keeps the stream.
# compare: stderr
import sys
import threading


def fail(number):
    proceed.wait()
    try:
        {}["missing"]
    except KeyError:
        raise ValueError(number)


proceed = threading.Event()
thread = threading.Thread(target=fail, args=(1,), name="worker")
thread.start()
stream, sys.stderr = sys.stderr, None
proceed.set()
thread.join()
sys.stderr = stream
thread = threading.Thread(target=fail, args=(2,), name="second")
thread.start()
thread.join()
