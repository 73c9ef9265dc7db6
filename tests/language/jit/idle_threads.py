# A thread that waits for work in compiled code does not keep alive what it has let go of: an executor whose workers have
# been compiled still ends them when nobody refers to it any more.
import sys
import threading
import weakref
from queue import SimpleQueue


class Owner:
    pass


def worker(queue, done, find_owner):
    while True:
        item = queue.get(block=True)
        if item is None:
            done.put(None)
            return
        owner = find_owner()
        if owner is not None:
            owner.handled = item
            done.put(item + 1)
        del owner


def run():
    queue, done = SimpleQueue(), SimpleQueue()
    owner = Owner()
    find_owner = weakref.ref(owner, lambda _: queue.put(None))
    thread = threading.Thread(target=worker, args=(queue, done, find_owner), daemon=True)
    thread.start()
    for number in range(3000):
        queue.put(number)
        if done.get() != number + 1:
            print("wrong")
    assert owner.handled == 2999
    del owner
    thread.join(30)
    return not thread.is_alive()


print([run() for _ in range(3)])
