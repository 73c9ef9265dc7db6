"""Locks, conditions, semaphores, events, barriers and queues: mutual exclusion, nothing lost, nobody left waiting."""
import queue
import threading
from _harness import check, hammer, THREADS

lock, rlock, condition = threading.Lock(), threading.RLock(), threading.Condition()
semaphore = threading.BoundedSemaphore(3)
counts = {"lock": 0, "rlock": 0, "condition": 0}
expected = [0] * THREADS
inside = [0]
waiting = []
channel, simple = queue.Queue(maxsize=10), queue.SimpleQueue()
sent, received = [0] * THREADS, [0] * THREADS


def exclusive(index):
    for _ in range(50):
        with lock:
            counts["lock"] += 1
        with rlock, rlock:
            counts["rlock"] += 1
        with condition:
            counts["condition"] += 1
            condition.notify()
        expected[index] += 1
    with semaphore:
        with lock:
            inside[0] += 1
            check(inside[0] <= 3)
        with lock:
            inside[0] -= 1
    check(not lock.acquire(timeout=0.0001) or lock.release() is None)


def wait(index):
    with condition:
        condition.wait(0.001)
    done = threading.Event()
    threading.Timer(0.0001, done.set).start()
    check(done.wait(30), "an event was lost")


def send(index):
    for _ in range(30):
        try:
            channel.put((index, sent[index]), timeout=0.01)
            sent[index] += 1
        except queue.Full:
            pass
        simple.put(index)


def receive(index):
    for _ in range(30):
        try:
            channel.get(timeout=0.01)
            received[index] += 1
            channel.task_done()
            simple.get(timeout=0.01)
        except queue.Empty:
            pass


hammer(exclusive, wait, send, receive)
check(all(count == sum(expected) for count in counts.values()), counts, sum(expected))
check(sum(sent) == sum(received) + channel.qsize(), sum(sent), sum(received), channel.qsize())
