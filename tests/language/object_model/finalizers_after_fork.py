# A process that was forked in the middle of a `with lock` finalizes at once: it may never come to the end of that.
import os
import threading

lock = threading.Lock()


class Loud:
    def __init__(self, text):
        self.text = text

    def __del__(self):
        os.write(1, self.text)


def child(inside):
    for number in range(3):
        loud = Loud(b"finalizer\n")
        del loud
        os.write(1, b"after del\n")
    return inside


def fork_inside():
    with lock:
        pid = os.fork()
        if not pid:
            child(True)
            os._exit(0)
        os.waitpid(pid, 0)


fork_inside()

# One that does come to its end goes on as usual.
with lock:
    pid = os.fork()
if not pid:
    with lock:
        loud = Loud(b"finalizer\n")
        del loud
    os.write(1, b"outside\n")
    child(False)
    os._exit(0)
os.waitpid(pid, 0)


# What the threads were working with that a fork has left behind stays as it is: nobody has let go of it.
import contextlib
import gc
import weakref


@contextlib.contextmanager
def resource():
    try:
        yield
    finally:
        os.write(1, b"released\n")


def fork_beside():
    pid = os.fork()
    if not pid:
        for _ in range(3):
            gc.collect()
            weakref.ref(threading.Thread())()
        os.write(1, b"child\n")
        os._exit(0)
    os.waitpid(pid, 0)


def work():
    suspended = resource()
    with resource(), suspended:
        thread = threading.Thread(target=fork_beside)
        thread.start()
        thread.join()


work()
