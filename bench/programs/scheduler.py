# arguments: 2000
# short: 8000 27000
"""A small operating system: tasks of several classes pass packets through queues and a priority scheduler. Methods and attributes."""

import sys

SIZE = 250000

READY, WAITING, HELD = "ready", "waiting", "held"


class Packet:
    def __init__(self, kind, payload):
        self.kind = kind
        self.payload = payload
        self.next = None
        self.hops = 0


class PacketQueue:
    """A linked list, so that moving a packet allocates nothing."""

    def __init__(self):
        self.first = None
        self.last = None

    def put(self, packet):
        packet.next = None
        if self.last is None:
            self.first = packet
        else:
            self.last.next = packet
        self.last = packet

    def take(self):
        packet = self.first
        if packet is not None:
            self.first = packet.next
            if self.first is None:
                self.last = None
        return packet

    @property
    def empty(self):
        return self.first is None


class Task:
    def __init__(self, kernel, name, priority):
        self.kernel = kernel
        self.name = name
        self.priority = priority
        self.state = READY
        self.inbox = PacketQueue()
        self.handled = 0
        kernel.add(self)

    def run(self):
        raise NotImplementedError

    def receive(self, packet):
        packet.hops += 1
        self.inbox.put(packet)
        if self.state is WAITING:
            self.state = READY

    def wait(self):
        self.state = WAITING


class Idler(Task):
    """Burns its budget with a shift register whose bits decide which device is released."""

    def __init__(self, kernel, name, priority, budget):
        super().__init__(kernel, name, priority)
        self.budget = budget
        self.register = 0x5A5A

    def run(self):
        self.budget -= 1
        if self.budget == 0:
            self.kernel.stop()
            return
        self.handled += 1
        bit = self.register & 1
        self.register >>= 1
        if bit:
            self.register ^= 0xB400
        self.kernel.release("disk" if bit else "screen")


class Worker(Task):
    """Fills packets and sends them to handlers in turn."""

    def __init__(self, kernel, name, priority, targets):
        super().__init__(kernel, name, priority)
        self.targets = targets
        self.turn = 0
        self.letter = 0

    def run(self):
        packet = self.inbox.take()
        if packet is None:
            self.wait()
            return
        self.handled += 1
        self.turn = (self.turn + 1) % len(self.targets)
        payload = packet.payload
        for index in range(len(payload)):
            self.letter = (self.letter + 1) % 26
            payload[index] = self.letter
        packet.kind = "work"
        self.kernel.send(self.targets[self.turn], packet)


class Handler(Task):
    """Adds up payloads and hands packets to its device."""

    def __init__(self, kernel, name, priority, device):
        super().__init__(kernel, name, priority)
        self.device = device
        self.total = 0

    def run(self):
        packet = self.inbox.take()
        if packet is None:
            self.wait()
            return
        self.handled += 1
        for value in packet.payload:
            self.total += value
        packet.kind = "device"
        self.kernel.send(self.device, packet)


class Device(Task):
    """Holds itself after each packet, until the idler releases it."""

    def __init__(self, kernel, name, priority, worker):
        super().__init__(kernel, name, priority)
        self.worker = worker

    def run(self):
        packet = self.inbox.take()
        if packet is None:
            self.wait()
            return
        self.handled += 1
        self.kernel.send(self.worker, packet)
        self.state = HELD


class Kernel:
    def __init__(self):
        self.tasks = []
        self.by_name = {}
        self.running = True
        self.switches = 0
        self.sent = 0

    def add(self, task):
        self.tasks.append(task)
        self.tasks.sort(key=lambda task: -task.priority)
        self.by_name[task.name] = task

    def send(self, name, packet):
        self.sent += 1
        self.by_name[name].receive(packet)

    def release(self, name):
        task = self.by_name[name]
        if task.state is HELD:
            task.state = WAITING if task.inbox.empty else READY

    def stop(self):
        self.running = False

    def pick(self):
        for task in self.tasks:
            if task.state is READY:
                return task
        return None

    def run(self):
        while self.running:
            self.switches += 1
            self.pick().run()


def main(budget):
    kernel = Kernel()
    Idler(kernel, "idler", 0, budget)
    Worker(kernel, "worker", 100, ["printer", "archive"])
    Handler(kernel, "printer", 200, "screen")
    Handler(kernel, "archive", 300, "disk")
    Device(kernel, "screen", 400, "worker")
    Device(kernel, "disk", 500, "worker")
    for _ in range(6):
        kernel.send("worker", Packet("fresh", [0] * 4))
    kernel.run()
    print(kernel.switches, kernel.sent)
    for task in kernel.tasks:
        print(task.name, task.handled, getattr(task, "total", "-"))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
