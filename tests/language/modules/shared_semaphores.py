# The semaphores of multiprocessing among the threads of one process: who holds one, and how often, is always true.
import multiprocessing
import threading

ROUNDS = 20_000
context = multiprocessing.get_context("spawn")
wrong = []


def run(work, threads=4):
    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


for make in (context.RLock, context.Lock):
    lock = make()
    holders = 0

    def hold_and_let_go(lock=lock):
        global holders
        raw = lock._semlock
        for _ in range(ROUNDS):
            if raw._is_mine():
                wrong.append("held before it was acquired")
            lock.acquire()
            holders += 1
            if not raw._is_mine() or raw._count() != 1 or holders != 1:
                wrong.append((raw._is_mine(), raw._count(), holders))
            holders -= 1
            lock.release()

    run(hold_and_let_go)
    print(make.__name__, wrong[:3], lock._semlock._count(), lock._semlock._get_value())

bounded = context.BoundedSemaphore(2)
refused = []


def release_too_often():
    for _ in range(ROUNDS):
        bounded.acquire(False)
        for _ in range(2):
            try:
                bounded.release()
            except ValueError:
                refused.append(1)
        if bounded._semlock._get_value() > 2:
            wrong.append("more than the maximum")


run(release_too_often, 2)
print(wrong[:3], len(refused) > 0)


def wait_and_count(condition, sleeping, woken):
    with condition:
        sleeping.release()
        condition.wait()
        woken.release()


for _ in range(300):
    condition, sleeping, woken = context.Condition(), context.Semaphore(0), context.Semaphore(0)
    waiters = [threading.Thread(target=wait_and_count, args=(condition, sleeping, woken)) for _ in range(3)]
    for waiter in waiters:
        waiter.start()
    for _ in waiters:
        sleeping.acquire()
    with condition:
        condition.notify_all()
    for waiter in waiters:
        waiter.join(30)
    if woken._semlock._get_value() != 3:
        wrong.append(("woken", woken._semlock._get_value()))
        break
print(wrong[:3])
