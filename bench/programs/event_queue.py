# arguments: 300
# short: 1000 4000
"""Discrete events: customers arrive at a shop, queue at its tills and leave. A heap of events that compare, callbacks, statistics."""

import heapq
import sys

SIZE = 30000


class Event:
    __slots__ = ("time", "number", "action", "argument", "cancelled")

    def __init__(self, time, number, action, argument):
        self.time = time
        self.number = number
        self.action = action
        self.argument = argument
        self.cancelled = False

    def __lt__(self, other):
        if self.time != other.time:
            return self.time < other.time
        return self.number < other.number


class Simulation:
    def __init__(self):
        self.now = 0.0
        self.events = []
        self.scheduled = 0
        self.executed = 0

    def after(self, delay, action, argument=None):
        event = Event(self.now + delay, self.scheduled, action, argument)
        self.scheduled += 1
        heapq.heappush(self.events, event)
        return event

    def run(self, until):
        while self.events and self.events[0].time <= until:
            event = heapq.heappop(self.events)
            if not event.cancelled:
                self.now = event.time
                self.executed += 1
                event.action(event.argument)


class Random:
    """A linear congruential generator."""

    def __init__(self, seed):
        self.state = seed

    def between(self, low, high):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        return low + (high - low) * ((self.state >> 33) / 2147483648.0)


class Customer:
    def __init__(self, number, arrival, goods):
        self.number = number
        self.arrival = arrival
        self.goods = goods
        self.patience = None


class Till:
    def __init__(self, shop, name, pace):
        self.shop = shop
        self.name = name
        self.pace = pace
        self.line = []
        self.serving = None
        self.served = 0

    def __len__(self):
        return len(self.line) + (self.serving is not None)

    def join(self, customer):
        self.line.append(customer)
        customer.patience = self.shop.simulation.after(self.shop.random.between(4.0, 9.0), self.give_up, customer)
        if self.serving is None:
            self.serve_next()

    def give_up(self, customer):
        self.line.remove(customer)
        self.shop.lost += 1

    def serve_next(self):
        if not self.line:
            self.serving = None
            return
        customer = self.serving = self.line.pop(0)
        customer.patience.cancelled = True
        self.shop.simulation.after(customer.goods * self.pace, self.finish, customer)

    def finish(self, customer):
        self.served += 1
        self.shop.record(customer)
        self.serve_next()


class Shop:
    def __init__(self, simulation, tills):
        self.simulation = simulation
        self.random = Random(7)
        self.tills = [Till(self, "till %d" % i, 0.05 + 0.01 * i) for i in range(tills)]
        self.customers = 0
        self.lost = 0
        self.total_time = 0.0
        self.longest = 0.0

    def arrive(self, _):
        self.customers += 1
        customer = Customer(self.customers, self.simulation.now, 1 + int(self.random.between(0.0, 40.0)))
        min(self.tills, key=len).join(customer)
        self.simulation.after(self.random.between(0.05, 0.5), self.arrive)

    def record(self, customer):
        stay = self.simulation.now - customer.arrival
        self.total_time += stay
        self.longest = max(self.longest, stay)


def main(minutes):
    simulation = Simulation()
    shop = Shop(simulation, 5)
    simulation.after(0.0, shop.arrive)
    simulation.run(float(minutes))
    print(shop.customers, shop.lost, simulation.executed, simulation.scheduled)
    served = sum(till.served for till in shop.tills)
    print("%.6f %.6f" % (shop.total_time / served, shop.longest))
    for till in shop.tills:
        print(till.name, till.served, len(till))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
