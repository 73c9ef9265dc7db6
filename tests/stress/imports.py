"""Modules that all threads import at the same time: each is executed once, nobody sees half of one."""
import importlib
import os
import shutil
import sys
import tempfile
import threading
from _harness import check, hammer, SECONDS, THREADS

folder = tempfile.mkdtemp()
sys.path.insert(0, folder)
sys.dont_write_bytecode = True
executions = []
sys.stress_executions = executions
barrier = threading.Barrier(THREADS)
rounds = [0]


def prepare():
    number = rounds[0]
    rounds[0] += 1
    for name, other in (("a", "b"), ("b", "c"), ("c", None)):
        with open(os.path.join(folder, f"stress_{name}{number}.py"), "w") as file:
            file.write(f"import sys\nsys.stress_executions.append(__name__)\nfirst = 1\n")
            if other:
                file.write(f"import stress_{other}{number} as other\n")
            file.write("last = 2\n")
    importlib.invalidate_caches()


def work(index):
    try:
        if index == 0:
            prepare()
        barrier.wait()
        number = rounds[0] - 1
        module = importlib.import_module(f"stress_{'abc'[index % 3]}{number}")
        check(module.first == 1 and module.last == 2)
        exec(f"from stress_b{number} import last, other\nassert last == 2 and other.last == 2")
        barrier.wait()
    except threading.BrokenBarrierError:
        pass


# All threads take part in every round, so whoever ends first breaks the barrier for the rest.
timer = threading.Timer(SECONDS, barrier.abort)
timer.start()
hammer(work)
timer.join()
shutil.rmtree(folder)
check(len(executions) == len(set(executions)), "a module was executed twice")
