# An executor that has grown old, in a large heap, still ends its threads when nobody refers to it any more.
import gc
from concurrent.futures import ThreadPoolExecutor

ballast = [[number, str(number)] for number in range(500_000)]
executor = ThreadPoolExecutor(3)
print(list(executor.map(abs, range(-5, 5))))
gc.collect()
threads = list(executor._threads)
del executor

for thread in threads:
    thread.join(60)
print(any(thread.is_alive() for thread in threads), len(ballast))
