"""Context variables, threading.local and thread identities: what belongs to a thread stays with it."""
import contextvars
import threading
from _harness import check, hammer

variable = contextvars.ContextVar("variable", default=None)
local = threading.local()


class Own(threading.local):
    def __init__(self, start):
        self.start = start


own = Own(5)
shared = contextvars.copy_context()


def work(index):
    for number in range(50):
        token = variable.set((index, number))
        local.value = (index, number)
        check(variable.get() == (index, number))
        check(contextvars.copy_context().run(variable.get) == (index, number))
        check(local.value == (index, number) and own.start == 5)
        variable.reset(token)
        check(variable.get() is None or variable.get()[0] == index)
    check(threading.current_thread().ident == threading.get_ident())


def enter(index):
    try:
        shared.run(variable.set, index)
    except RuntimeError as error:
        check("already entered" in str(error), error)


def short(index):
    seen = []

    def run():
        seen.append((variable.get(), getattr(local, "value", None)))
        local.value = 1

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    check(seen == [(None, None)], seen)


hammer(work, work, enter, short)
