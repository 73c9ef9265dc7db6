# timeout: 120
# Frames of hot code are looked at and changed from outside: locals, tracing, profiling, f_trace, line numbers.
import cProfile
import sys
import threading

TIMES = 4000


def locals_of_caller(depth=1):
    frame = sys._getframe(depth)
    return {name: value for name, value in frame.f_locals.items() if isinstance(value, (int, float, str))}


def looked_at():
    total, ratio, text = 0, 0.5, "x"
    for number in range(TIMES):
        total += number
        ratio = ratio * 0.999 + number
        if number in (0, 2999, TIMES - 1):
            print(locals_of_caller())
    return total, ratio


def looked_at_in_a_nested_call():
    def inner(a, b=2):
        c = a * b
        if a == 3000:
            print(locals_of_caller(2), locals_of_caller(3))
        return c

    result = 0
    for number in range(TIMES):
        result = result ^ inner(number)
    return result


def unbound_meanwhile():
    for number in range(TIMES):
        value = number * 2
        if number > 2990 and number % 500 == 0:
            print(sorted(locals_of_caller()))
        del value
    return number


def own_locals():
    total = 0
    for number in range(TIMES):
        total += number
        if number == 3000:
            names = locals()
            names["total"] = -1
            print(names["number"], names["total"], total)
    return total


def line_of_caller():
    return sys._getframe(1).f_lineno - sys._getframe(1).f_code.co_firstlineno


def lines():
    seen = []
    for number in range(TIMES):
        first = line_of_caller()
        second = (number +
                  line_of_caller())
        if number % 1000 == 999:
            seen.append((first, second - number))
    return seen


def back():
    def inner():
        frame, names = sys._getframe(), []
        while frame.f_code.co_name != "<module>":
            names.append(frame.f_code.co_name)
            frame = frame.f_back
        return names

    for number in range(TIMES):
        names = inner()
    return names


for function in (looked_at, looked_at_in_a_nested_call, unbound_meanwhile, own_locals, lines, back):
    print(function.__name__, function(), function())


# Tracing and profiling begin and end in a callee of a hot loop.
events = []


def trace(frame, event, argument):
    if frame.f_code.co_filename == __file__ and len(events) < 400:
        events.append((event, frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno))
    return trace


def profile(frame, event, argument):
    name = argument.__name__ if event.startswith("c_") else frame.f_code.co_name
    if name not in ("setprofile", "start_profile", "stop_profile") and len(events) < 400:
        events.append((event, name))


def start_trace():
    sys.settrace(trace)
    sys._getframe(1).f_trace = trace


def stop_trace():
    sys.settrace(None)


def start_profile():
    sys.setprofile(profile)


def stop_profile():
    sys.setprofile(None)


def callee(number):
    return number + 1


def watched(start, stop):
    total = 0
    for number in range(TIMES):
        if number == 3000:
            start()
        total += callee(number)
        total += len("ab")
        if number == 3002:
            stop()
    return total


for start, stop in ((start_trace, stop_trace), (start_profile, stop_profile)):
    for _ in range(2):
        events.clear()
        print(watched(start, stop), len(events), *events, sep="\n  ")


# The profiler, which counts calls: on and off in the middle of a hot loop.
def profiled(count):
    profiler, total = cProfile.Profile(builtins=False), 0
    for number in range(TIMES):
        if number == 3000:
            profiler.enable()
        total += callee(number)
        if number == 3000 + count:
            profiler.disable()
    counts = {entry.code.co_name: entry.callcount for entry in profiler.getstats()}
    return total, counts


for count in (0, 1, 700):
    print(profiled(count))


# Tracing is switched on in another thread: this one goes on untraced, code that the other shares with it is traced there.
def traced_elsewhere():
    seen = []

    def work():
        sys.settrace(lambda frame, event, argument: seen.append(frame.f_code.co_name))
        for number in range(20):
            callee(number)
        sys.settrace(None)

    total = 0
    for number in range(TIMES):
        total += callee(number)
        if number == 3000:
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
    return total, seen.count("callee"), sys.gettrace()


for _ in range(2):
    print(traced_elsewhere())


# A trace function that changes locals of hot code, and one that raises there.
def change_local(frame, event, argument):
    if frame.f_code.co_name == "changed_by_trace" and event == "line" and frame.f_locals.get("number") == 3500:
        frame.f_locals["total"] = "changed"
    return change_local


def raise_in_trace(frame, event, argument):
    if event == "call" and frame.f_code.co_name == "callee":
        sys.settrace(None)
        raise ValueError("from the trace function")
    return None


def changed_by_trace(tracer):
    total = 0
    for number in range(TIMES):
        if number == 3499:
            sys.settrace(tracer)
            sys._getframe().f_trace = tracer
        if isinstance(total, str):
            sys.settrace(None)
            return number, total
        total += callee(number)
    return total


print(changed_by_trace(change_local))
for _ in range(2):
    try:
        changed_by_trace(raise_in_trace)
    except ValueError as error:
        print(error, error.__traceback__.tb_lineno - changed_by_trace.__code__.co_firstlineno > -1000)


# A frame that outlives its function keeps what the locals were.
def leaves_its_frame():
    kept, total = None, 0
    for number in range(TIMES):
        total += number
        if number == 3000:
            kept = sys._getframe()
    return kept


frame = leaves_its_frame()
print(frame.f_locals["number"], frame.f_locals["total"])


class Sneaky:
    """Code that the loop does not seem to call looks at it."""

    def __add__(self, other):
        return sys._getframe(1).f_locals["number"] + other

    @property
    def attribute(self):
        return sys._getframe(1).f_locals["total"]


def sneaked_upon():
    sneaky, total = Sneaky(), 0
    for number in range(TIMES):
        total += 1
        if (sneaky + 1) != number + 1 or sneaky.attribute != total:
            return "wrong", number
    return total


print(sneaked_upon())
