# arguments: 600
# short: 100 600
"""Coroutines: asyncio with queues, events, locks and gather, and a scheduler of our own that runs bare coroutines."""

import asyncio
import sys
from collections import deque

SIZE = 50000


class Switch:
    """Awaiting it hands control to the scheduler."""

    def __await__(self):
        yield


class Scheduler:
    def __init__(self):
        self.ready = deque()
        self.steps = 0

    def start(self, coroutine):
        self.ready.append(coroutine)

    def run(self):
        while self.ready:
            coroutine = self.ready.popleft()
            self.steps += 1
            try:
                coroutine.send(None)
            except StopIteration:
                continue
            self.ready.append(coroutine)


async def add(a, b):
    return a + b


async def count_up(results, number, rounds):
    total = 0
    for i in range(rounds):
        total = await add(total, i * number)
        await Switch()
    results[number] = total


async def producer(queue, count):
    for i in range(count):
        await queue.put(i)
    await queue.put(None)


async def consumer(queue, out):
    while True:
        item = await queue.get()
        if item is None:
            return
        await out.put(item * item)


async def squares(limit):
    for i in range(limit):
        if i % 16 == 0:
            await asyncio.sleep(0)
        yield i * i


class Account:
    def __init__(self):
        self.balance = 0
        self.lock = asyncio.Lock()

    async def deposit(self, amount):
        async with self.lock:
            balance = self.balance
            await asyncio.sleep(0)
            self.balance = balance + amount


async def ring(size, rounds):
    """A token goes round a ring of tasks, passed by futures."""
    queues = [asyncio.Queue() for _ in range(size)]

    async def node(i):
        while True:
            token = await queues[i].get()
            if token > 0:
                queues[(i + 1) % size].put_nowait(token - 1)
            if token <= size:
                return i

    tasks = [asyncio.ensure_future(node(i)) for i in range(size)]
    queues[0].put_nowait(size * rounds)
    return sum(await asyncio.gather(*tasks))


async def with_asyncio(count):
    queue, out = asyncio.Queue(10), asyncio.Queue()
    await asyncio.gather(producer(queue, count), consumer(queue, out))
    total = 0
    while not out.empty():
        total += out.get_nowait()
    print(total)
    print(sum([x async for x in squares(count) if x % 3 == 0]))
    account = Account()
    await asyncio.gather(*(account.deposit(i) for i in range(count // 8)))
    print(account.balance)
    print(await ring(20, count // 20))
    try:
        await asyncio.wait_for(asyncio.Event().wait(), 0.001)
    except asyncio.TimeoutError:
        print("timeout")
    results = await asyncio.gather(add(1, 2), asyncio.sleep(0, "slept"), add(1, "2"), return_exceptions=True)
    print(results[:2], type(results[2]).__name__)


def main(size):
    scheduler, results = Scheduler(), {}
    for number in range(100):
        scheduler.start(count_up(results, number, size // 20))
    scheduler.run()
    print(scheduler.steps, sum(results.values()))
    asyncio.run(with_asyncio(size))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
