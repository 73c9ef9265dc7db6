"""Makes code hot, then breaks what a compiler may have assumed of it, and shows what the code makes of that.

A case is text, since each gets functions of its own: `setup` is run in a fresh module, `expression` is what gets hot, with the names
in `parameters` as locals, and `change` breaks it. Every case runs in six ways: the expression in a function that is called again and
again, in a loop that is running when the change comes; the change made by a callee, by another thread that the code waits for, or by
another thread while the code runs and waits only to see its effect.
"""

import threading
import time
import types

TIMES = 4000
HALF = TIMES // 2
INSTALLED = HALF - 400  # by then it is hot; after a pause compiled code runs up to the change

TEMPLATE = """
def expression({parameters}):
    return {expression}

def called(change, {parameters}):
    seen, last = [], marker
    for number in range({times}):
        if number == {installed}:
            pause()
        if number == {half}:
            change()
        try:
            outcome = expression({parameters})
        except Exception as error:
            outcome = type(error).__name__ + ": " + str(error)
        if outcome != last or type(outcome) is not type(last):
            seen.append(outcome)
            last = outcome
    return seen

def looping(change, {parameters}):
    seen, last = [], marker
    numbers = iter(range({times}))
    while True:
        try:
            for number in numbers:
                if number == {installed}:
                    pause()
                if number == {half}:
                    change()
                outcome = {expression}
                if outcome != last or type(outcome) is not type(last):
                    seen.append(outcome)
                    last = outcome
            return seen
        except Exception as error:
            outcome = type(error).__name__ + ": " + str(error)
            if outcome != last:
                seen.append(outcome)
                last = outcome

def waiting(change, {parameters}):
    last, end, count = marker, clock() + 50, 0
    while True:
        try:
            while True:
                count += 1
                if count == {installed}:
                    pause()
                if count == {half}:
                    change()
                if not count & 1023 and clock() > end:
                    return "never saw the change"
                outcome = {expression}
                if outcome != last or type(outcome) is not type(last):
                    if last is not marker:
                        return [last, outcome]
                    last = outcome
        except Exception as error:
            outcome = type(error).__name__ + ": " + str(error)
            if outcome != last:
                if last is not marker:
                    return [last, outcome]
                last = outcome
"""


def pause():
    """Time for the compiler."""
    time.sleep(0.01)


def in_thread(change):
    thread = threading.Thread(target=change)
    thread.start()
    thread.join()


class Delayed:
    """Calls in a thread that exists beforehand, a moment later; nobody waits for it."""

    def __init__(self, change):
        self.change = change
        self.event = threading.Event()
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def work(self):
        self.event.wait()
        time.sleep(0.002)
        self.change()

    def __call__(self):
        self.event.set()


def show(value):
    return f"{type(value).__name__} {value!r}"


def evaluate(expression, arguments):
    try:
        return expression(*arguments)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def case(name, setup, expression, change, parameters="o", visible=True):
    """`visible`: the change shows in the expression's value; otherwise nobody can wait for it."""
    text = TEMPLATE.format(expression=expression, parameters=parameters, times=TIMES, half=HALF, installed=INSTALLED)
    for way in ("called", "looping", "waiting") if visible else ("called", "looping"):
        for by in ("callee", "thread"):
            names = vars(types.ModuleType("case"))
            names.update(marker=object(), clock=time.monotonic, pause=pause)
            exec(setup, names)
            exec(text, names)

            def change_now():
                exec(change, names)

            arguments = [names[parameter] for parameter in parameters.replace(" ", "").split(",") if parameter]
            if by == "callee":
                changer = change_now
            elif way == "waiting":
                changer = Delayed(change_now)
            else:
                changer = lambda: in_thread(change_now)
            seen = names[way](changer, *arguments)
            if isinstance(changer, Delayed):
                changer.event.set()
                changer.thread.join()
                # A change of several steps may have been seen between two of them; what it comes to is certain now.
                if isinstance(seen, list):
                    seen = [seen[0], evaluate(names["expression"], arguments)]
            print(f"{name}, {way}, by {by}:", *([show(value) for value in seen] if isinstance(seen, list) else [seen]), sep=" | ")
