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
