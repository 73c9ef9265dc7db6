# A finalizer or weak reference callback that takes a lock does not run in a thread that is in the middle of a `with` of
# that lock, when it was another thread that has let go of the object: there the two would wait for each other for ever.
import gc
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


# What a thread lets go of itself, it finalizes at once, with a lock or without (but for what another thread, which has
# just collected, is finalizing at this moment).
class Loud:
    def __init__(self, log):
        self.log = log

    def __del__(self):
        self.log.append(1)


def let_go_inside(log, guard):
    late = 0
    for _ in range(20):
        with guard:
            before = len(log)
            loud = Loud(log)
            del loud
            late += len(log) == before
    log.append(late < 5)


for guard in threading.Lock(), threading.RLock(), threading.Condition():
    log = []
    thread = threading.Thread(target=let_go_inside, args=(log, guard))
    thread.start()
    thread.join()
    print(log[-1])
