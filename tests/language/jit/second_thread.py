# timeout: 120
# The second thread starts while code is hot that was made for one: what threads share must stay whole from then on.
import sys
import threading

sys.setswitchinterval(0.0005)
TIMES = 4000


class Counter:
    def __init__(self):
        self.value = 0
        self.items = []
        self.table = {}


def append_many(items, start, count):
    for number in range(start, start + count):
        items.append(number)


def fill_many(table, start, count):
    for number in range(start, start + count):
        table[number] = number


def set_many(o, start, count):
    for number in range(start, start + count):
        setattr(o, f"name{number % 40}", number)


def add_attributes(objects, start, count):
    for o in objects:
        o.first = start
        o.second = count


# Hot with one thread.
for work, target in ((append_many, list), (fill_many, dict), (set_many, Counter)):
    for _ in range(5):
        work(target(), 0, TIMES)


def in_the_middle(work, target, size):
    """The loop is running in this thread when the other starts."""
    other = threading.Thread(target=work, args=(target, 10 * TIMES, 5 * TIMES))
    for number in range(TIMES):
        work(target, number, 1)
        if number == TIMES // 2:
            other.start()
    other.join()
    return size(target)


print(in_the_middle(append_many, [], len))
print(in_the_middle(fill_many, {}, len))
print(in_the_middle(set_many, Counter(), lambda o: len(vars(o))))


def together(work, target, size, threads=4):
    barrier = threading.Barrier(threads)

    def body(number):
        barrier.wait()
        work(target, number * 10 * TIMES, TIMES)

    workers = [threading.Thread(target=body, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return size(target)


for _ in range(3):
    print(together(append_many, [], lambda items: (len(items), sum(items))))
    print(together(fill_many, {}, lambda table: (len(table), sum(table.values()))))
    print(together(set_many, Counter(), lambda o: len(vars(o))))
objects = [Counter() for _ in range(2000)]
print(together(add_attributes, objects, lambda objects: sum(hasattr(o, "first") and hasattr(o, "second") for o in objects)))


# A method, a global and a class are replaced by one thread while others run hot code that uses them; each result is the old or the new.
class Shape:
    factor = 2

    def area(self):
        return self.factor * 10


def current():
    return 20


def observe(results, stop):
    shape = Shape()
    while not stop.is_set():
        for _ in range(200):
            results.add((shape.area(), current()))


def new_area(self):
    return self.factor * 100


old_area, results, stop = Shape.area, set(), threading.Event()
observers = [threading.Thread(target=observe, args=(results, stop)) for _ in range(2)]
for observer in observers:
    observer.start()
for number in range(300):
    Shape.area = new_area if number % 2 else old_area
    current = (lambda: 30) if number % 3 else (lambda: 40)
    Shape.factor = number % 2 + 2
stop.set()
for observer in observers:
    observer.join()
print({area for area, _ in results} <= {20, 30, 200, 300}, {value for _, value in results} <= {20, 30, 40})
print(Shape().area(), current())


# A change is never observed stale: once it has returned, a thread that is told of it sees it.
class Told:
    value = 0


def told(requests, answers):
    while True:
        requests.acquire()
        if Told.value < 0:
            return
        answers.append(Told.value)
        done.release()


requests, done, answers = threading.Semaphore(0), threading.Semaphore(0), []
listener = threading.Thread(target=told, args=(requests, answers))
listener.start()
for number in range(1, 2001):
    Told.value = number
    requests.release()
    done.acquire()
Told.value = -1
requests.release()
listener.join()
print(answers == list(range(1, 2001)))

# A lock and a counter: nothing is lost. Without a lock the counter is at most the sum.
lock, counter = threading.Lock(), Counter()


def count_locked(times):
    for _ in range(times):
        with lock:
            counter.value += 1


workers = [threading.Thread(target=count_locked, args=(2000,)) for _ in range(4)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
print(counter.value)
