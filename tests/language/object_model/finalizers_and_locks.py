# Finalizers and weak reference callbacks that take a lock do not run in a thread that is in the middle of a `with` of
# that lock: with reference counts they would have run before, or in the other thread that has let go of the object.
# Here the thread would wait for itself for ever.
import gc
import os
import threading
import time
import weakref

lock = threading.Lock()
ran_in = []


class Resource:
    pass


class Bystander:
    def __del__(self):
        pass


def closed(reference):
    with lock:
        ran_in.append(threading.current_thread().name)


entered, let_go, done = threading.Event(), threading.Event(), threading.Event()


def holder():
    for _ in range(20):
        entered.wait()
        entered.clear()
        with lock:
            let_go.set()
            time.sleep(0.01)
            gc.collect()
            Bystander()
        done.set()


thread = threading.Thread(target=holder, name="holder", daemon=True)
thread.start()
made = []
for _ in range(20):
    made.append(Resource())
    reference = weakref.ref(made[0], closed)
    gc.collect()
    entered.set()
    let_go.wait()
    let_go.clear()
    made.clear()
    if not done.wait(30):
        print("the holder waits for itself")
        break
    done.clear()
    deadline = time.monotonic() + 30
    while reference() is not None and time.monotonic() < deadline:
        time.sleep(0.001)
        gc.collect()
print(len(ran_in))


# With one thread: a pool that its connections return to when they die.
class Pool:
    def __init__(self):
        self.lock = threading.Lock()
        self.free = []
        self.made = 0

    def get(self):
        with self.lock:
            Bystander()
            gc.collect()
            if not self.free:
                self.made += 1
                self.free.append(self.made)
            return Connection(self, self.free.pop())

    def put(self, number):
        with self.lock:
            self.free.append(number)


class Connection:
    def __init__(self, pool, number):
        self.pool = pool
        self.number = number

    def __del__(self):
        self.pool.put(self.number)


def ignore(connection):
    pass


pool = Pool()
for _ in range(30):
    ignore(pool.get())
    ignore([pool.get(), pool.get()])
gc.collect()
print(pool.made <= 10, len(pool.free) == pool.made)


# What a thread lets go of inside is finalized when the `with` ends; with a lock that it can take twice, at once; and
# finalizers that take no locks do not wait.
class Loud:
    def __del__(self):
        log.append("finalizer")


def suspended():
    try:
        yield
    finally:
        log.append("finally")


log = []
with lock:
    loud = Loud()
    generator = suspended()
    next(generator)
    del loud, generator
print(sorted(log))
for guard in threading.RLock(), threading.Condition():
    log.clear()
    with guard:
        loud = Loud()
        del loud
        print(log)
with lock:
    before = len(os.listdir("/proc/self/fd"))
    file = open(__file__)
    del file
    print(len(os.listdir("/proc/self/fd")) - before)

# Nobody waits for ever: a lock may be held for the whole program.
log.clear()
with threading.Lock():
    loud = Loud()
    del loud
    deadline = time.monotonic() + 30
    while not log and time.monotonic() < deadline:
        time.sleep(0.01)
        Bystander()
        gc.collect()
    print(log)

# While a thread waits in a `with` of a condition, it does not hold the lock.
condition = threading.Condition(threading.Lock())


def notify(reference):
    with condition:
        log.append("notified")
        condition.notify()


log.clear()
resource = Resource()
reference = weakref.ref(resource, notify)
with condition:
    threading.Timer(0.05, made.clear).start()
    made.append(resource)
    del resource
    print(condition.wait(30), log)
