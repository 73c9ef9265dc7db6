# tracemalloc: what it tells about memory, whatever the sizes of objects are.
import gc
import tracemalloc


def make(count):
    return [bytes(1000) for _ in range(count)]


print(tracemalloc.is_tracing(), tracemalloc.get_traceback_limit(), tracemalloc.get_traced_memory())
for wrong in (0, -1, 65536):
    try:
        tracemalloc.start(wrong)
    except ValueError as error:
        print(error)
try:
    tracemalloc.take_snapshot()
except RuntimeError as error:
    print(error)

tracemalloc.start(3)
print(tracemalloc.is_tracing(), tracemalloc.get_traceback_limit())
before, _ = tracemalloc.get_traced_memory()
data = make(500)
during, peak = tracemalloc.get_traced_memory()
print(500_000 < during - before < 560_000, during <= peak)
del data
gc.collect()
after, peak = tracemalloc.get_traced_memory()
print(after - before < 5_000, peak >= during, peak - before < 700_000)
tracemalloc.reset_peak()
print(tracemalloc.get_traced_memory()[1] - before < 10_000)

# Garbage does not raise the peak much.
tracemalloc.reset_peak()
for _ in range(2000):
    bytes(10_000)
print(tracemalloc.get_traced_memory()[1] - before < 100_000)

# Where an object was allocated, also by code that was hot before.
def hot(n):
    total = []
    for i in range(n):
        total.append(bytes(100 + i))
    return total


tracemalloc.stop()
for _ in range(50):
    hot(200)
tracemalloc.start(2)
kept = hot(300)[150]
trace = tracemalloc.get_object_traceback(kept)
print([frame.lineno for frame in trace], trace.total_nframe)
print(tracemalloc.get_object_traceback(1))

# Snapshots: by line, and their difference.
first = tracemalloc.take_snapshot()
kept = make(300)
second = tracemalloc.take_snapshot()
top = second.compare_to(first, "lineno")[0]
print(top.traceback[0].lineno, 300 <= top.count_diff < 310, 300_000 < top.size_diff < 330_000)
mine = second.filter_traces([tracemalloc.Filter(True, __file__)])
print({trace.traceback[0].filename == __file__ for trace in mine.traces})
print({len(trace.traceback) <= 2 for trace in second.traces})

tracemalloc.clear_traces()
print(tracemalloc.get_object_traceback(kept[0]), tracemalloc.get_tracemalloc_memory() >= 0)
tracemalloc.stop()
print(tracemalloc.is_tracing(), tracemalloc.get_traced_memory(), tracemalloc.get_object_traceback(kept[0]))
