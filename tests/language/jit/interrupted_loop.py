# timeout: 120
# Signals reach hot loops: a handler runs in the middle of one, KeyboardInterrupt leaves it, and a flag from another thread ends it.
import _thread
import os
import signal
import threading
import time


signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored where the test was started in the background


def spin(limit=50):
    count, end = 0, time.monotonic() + limit
    while True:
        count += 1
        if not count & 0xFFFFF and time.monotonic() > end:
            return "nothing came"


def spin_without_calls():
    count = 0
    while True:
        count += 1


def spin_on_floats():
    x = 0.5
    while True:
        x = x * 0.5 + 1.0


def spin_in_calls():
    def step(value):
        return value + 1

    value = 0
    while True:
        value = step(value)


def spin_in_for():
    for number in range(10**15):
        pass


def later(action, seconds=0.15):
    threading.Timer(seconds, action).start()


for function in (spin, spin_without_calls, spin_on_floats, spin_in_calls, spin_in_for):
    for _ in range(2):
        later(lambda: os.kill(os.getpid(), signal.SIGINT))
        try:
            print(function())
        except KeyboardInterrupt:
            print("interrupted", function.__name__)

later(_thread.interrupt_main)
try:
    spin_without_calls()
except KeyboardInterrupt:
    print("interrupted by a thread")


class Alarm(Exception):
    pass


def on_alarm(number, frame):
    names = frame.f_locals
    assert names["count"] > 0 and frame.f_code.co_name == "spin_without_calls"
    raise Alarm


signal.signal(signal.SIGALRM, on_alarm)
for _ in range(2):
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        spin_without_calls()
    except Alarm:
        print("alarm")


# A handler that changes what the loop reads.
running = True


def stop(number, frame):
    global running
    running = False


def while_running():
    count = 0
    while running:
        count += 1
    return count > 0


signal.signal(signal.SIGALRM, stop)
for _ in range(2):
    running = True
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    print("stopped", while_running())


# The same, by another thread: a global, an attribute, an item, a closure's variable.
class Flag:
    up = True


def wait_for_attribute(flag):
    while flag.up:
        pass
    return "attribute"


def wait_for_item(items):
    while items[0]:
        pass
    return "item"


def wait_for_key(items):
    while items["up"]:
        pass
    return "key"


def wait_for_length(items):
    while len(items) < 2:
        pass
    return "length"


def wait_for_closure():
    up = True

    def lower():
        nonlocal up
        up = False

    later(lower, 0.1)
    while up:
        pass
    return "closure"


def lower_global():
    global running
    running = False


for _ in range(2):
    running = True
    later(lower_global, 0.1)
    print("stopped", while_running())
    flag = Flag()
    later(lambda: setattr(flag, "up", False), 0.1)
    print(wait_for_attribute(flag))
    later(lambda: setattr(Flag, "up", False), 0.1)
    print(wait_for_attribute(Flag()))
    Flag.up = True
    items = [True]
    later(lambda: items.__setitem__(0, False), 0.1)
    print(wait_for_item(items))
    items = {"up": True}
    later(lambda: items.update(up=0), 0.1)
    print(wait_for_key(items))
    items = [1]
    later(lambda: items.append(2), 0.1)
    print(wait_for_length(items))
    print(wait_for_closure())
