"""What a profile function sees of calls: methods of built-in classes as bound ones; and what cProfile makes of it."""
import cProfile
import pstats
import sys

events = []


def profile(frame, event, argument):
    if event.startswith("c_"):
        owner = type(getattr(argument, "__self__", None)).__name__
        events.append((event, argument.__name__, owner))
    else:
        events.append((event, frame.f_code.co_name))


def calls(items):
    items.append(1)
    len(items)
    "a".upper()
    items.pop()
    {}.get(1)
    items.sort(key=None)
    list.append(items, 2)
    ",".join(["a"])
    items.extend([])
    try:
        items.index(5)
    except ValueError:
        pass
    try:
        list.append(5, 5)
    except TypeError:
        pass


for _ in range(2000):
    calls([])
sys.setprofile(profile)
calls([])
sys.setprofile(None)
for event in events:
    print(*event)

profiler = cProfile.Profile()
profiler.enable()
print(sys.getprofile() is profiler)
calls([])
profiler.disable()
print(sys.getprofile())
names = {name for _, _, name in pstats.Stats(profiler).stats}
print(sorted(name for name in names if "list" in name or name == "calls"))
