# What has grown old, or is referred to by old garbage, dies for whoever asks a weak reference, and for whoever waits:
# each wait here is for what a finalizer does.
import gc
import multiprocessing
import os
import queue
import select
import socket
import subprocess
import sys
import threading
import time
import weakref


class Box:
    pass


class Watched:
    def __init__(self, function):
        self.function = function

    def __del__(self):
        self.function()


def let_go(function):
    """An object in an old box, both garbage when this returns."""
    box = Box()
    box.item = None
    gc.collect()
    box.item = Watched(function)
    gc.collect()


def ask():
    box = Box()
    box.item = None
    gc.collect()
    box.item = Box()
    gc.collect()
    reference = weakref.ref(box.item)
    return reference


print("asked", ask()() is None)

# (In a process of its own: there is time for a few full collections only.)
subprocess.run([sys.executable, "-c", """
import gc, weakref


class Box:
    pass


def old_all_along():
    box = Box()
    gc.collect()
    return weakref.ref(box)


print("old", old_all_along()() is None)
"""], check=True)

for name in "sleep", "select", "poll", "epoll", "read", "recv", "recv with timeout", "semaphore", "queue", "lock":
    readable, writable = os.pipe()
    ours, theirs = socket.socketpair()
    semaphore = multiprocessing.Semaphore(0)
    items = queue.SimpleQueue()
    lock = threading.Lock()
    lock.acquire()
    seen = []

    def finalizer():
        seen.append(name)
        os.write(writable, b"x")
        theirs.send(b"y")
        semaphore.release()
        items.put("item")
        lock.release()

    let_go(finalizer)
    match name:
        case "sleep":
            time.sleep(0.6)
            print(name, seen)
        case "select":
            print(name, select.select([readable], [], [], 20)[0] == [readable])
        case "poll":
            poll = select.poll()
            poll.register(readable, select.POLLIN)
            print(name, poll.poll(20000) == [(readable, select.POLLIN)])
        case "epoll":
            with select.epoll() as epoll:
                epoll.register(readable, select.EPOLLIN)
                print(name, epoll.poll(20) == [(readable, select.EPOLLIN)])
        case "read":
            print(name, os.read(readable, 1))
        case "recv":
            print(name, ours.recv(1))
        case "recv with timeout":
            ours.settimeout(20)
            print(name, ours.recv(1))
        case "semaphore":
            print(name, semaphore.acquire(timeout=20))
        case "queue":
            print(name, items.get(timeout=20))
        case "lock":
            print(name, lock.acquire(timeout=20))
    os.close(readable)
    os.close(writable)
    ours.close()
    theirs.close()

# Descriptors that do not block are not waited for.
readable, writable = os.pipe()
os.set_blocking(readable, False)
ours, theirs = socket.socketpair()
for read in lambda: os.read(readable, 1), lambda: ours.recv(1, socket.MSG_DONTWAIT):
    start = time.monotonic()
    try:
        read()
    except BlockingIOError as error:
        print(type(error).__name__, time.monotonic() - start < 0.015)

# A process that was forked, too.
readable, writable = os.pipe()
pid = os.fork()
if not pid:
    let_go(lambda: os.write(writable, b"x"))
    print("child", os.read(readable, 1), flush=True)
    os._exit(0)
os.waitpid(pid, 0)

# How long a wait takes is not changed by it, and signals are handled in its first parts as in its last one.
import signal

handled = []
signal.signal(signal.SIGALRM, lambda number, frame: handled.append(number))
for delay in 0.01, 0.03, 0.3:
    signal.setitimer(signal.ITIMER_REAL, delay)
    start = time.monotonic()
    print(select.select([readable], [], [], 0.5), len(handled), 0.5 <= time.monotonic() - start < 2)


class Stop(Exception):
    pass


def stop(number, frame):
    raise Stop


signal.signal(signal.SIGALRM, stop)
for wait in (lambda: os.read(readable, 1), lambda: ours.recv(1), lambda: multiprocessing.Semaphore(0).acquire(),
             lambda: queue.SimpleQueue().get(), lambda: time.sleep(10), lambda: select.poll().poll(),
             lambda: select.epoll().poll()):
    for delay in 0.01, 0.2:
        signal.setitimer(signal.ITIMER_REAL, delay)
        try:
            wait()
        except Stop:
            print("stopped")
