# krait-only
"""A signal reaches the main thread, which waits for a lock or a queue, also if it comes just before the wait, to another thread, or to a finalizer."""
import gc
import os
import queue
import signal
import threading

ROUNDS = 300
turn = threading.Semaphore(0)
main = threading.get_ident()
senders = []  # kept: an interrupt in the callback of a dead one's weak reference would be ignored


def send(count, kill):
    for _ in range(count):
        turn.acquire()
        kill()


def interrupted(wait, kill):
    caught = 0
    sender = threading.Thread(target=send, args=(ROUNDS, kill))
    senders.append(sender)
    sender.start()
    for _ in range(ROUNDS):
        try:
            turn.release()
            wait()
        except KeyboardInterrupt:
            caught += 1
    sender.join()
    return caught


def take(lock):
    lock.acquire()


held, held_again, nothing = threading.Lock(), threading.RLock(), queue.SimpleQueue()
held.acquire()
owner = threading.Thread(target=take, args=(held_again,))
owner.start()
owner.join()
waits = [held.acquire, held_again.acquire, nothing.get, lambda: held.acquire(timeout=1000), lambda: nothing.get(timeout=1000)]

print([interrupted(wait, lambda: signal.pthread_kill(main, signal.SIGINT)) for wait in waits])


def in_another_thread():
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    os.kill(os.getpid(), signal.SIGINT)


signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
print([interrupted(wait, in_another_thread) for wait in waits])
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


class Dying:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)


try:
    Dying()
    gc.collect()
    for _ in range(1000):
        pass
except KeyboardInterrupt:
    print("interrupted when the finalizer is done")
