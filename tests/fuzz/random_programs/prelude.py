"""What every random program may call. Run as a script, it runs the programs of a file, one after the other.

    prelude.py FILE SECONDS PATIENCE     the programs are separated by the character 1E, and so is their output

A program that takes longer than SECONDS of processor time, so that other load does not matter, ends the process with SIGPROF. One that
waits for ever is ended by SIGALRM after PATIENCE seconds.

The names without an underscore are the programs'.

Output must be the same in every run of every implementation: nothing here prints addresses, hashes of strings or times.
"""

import inspect
import itertools
import math
import operator
import signal
import sys
import threading
import types
import zlib

# The largest ints keep their products cheap, the longest containers keep their printed form short.
_BITS = 90
_LENGTH = 24
_digest = 0
_SHOW_NOTES = False  # True in reproducers


def show(*values):
    """Prints values so that every difference is visible: the type, -0.0, nan, shared structure."""
    print(*[f"{type(value).__name__}:{value!r}" for value in values])


def note(value):
    """For places that are reached too often to print: adds a value to the digest that `show_digest` prints."""
    global _digest
    if _SHOW_NOTES:
        show(value)
    _digest = zlib.crc32(f"{type(value).__name__}:{value!r}".encode(), _digest)


def show_digest():
    print(f"digest:{_digest:08x}")


def failure(error):
    """Prints an exception: type, message, and the lines that its traceback passes in the program."""
    places, entry = [], error.__traceback__
    while entry is not None:
        # Frames of this file do not count: their line numbers depend on how the program is run.
        if entry.tb_frame.f_code.co_filename != __file__:
            places.append((entry.tb_frame.f_code.co_name, entry.tb_lineno))
        entry = entry.tb_next
    if isinstance(error, UnboundLocalError):
        places = []  # CPython joins a store and the load after it, and then names the line of the store
    if isinstance(error, RecursionError):
        places = []  # how deep it went depends on what called the program
    # Whether a comparison or a call goes too deep depends on what CPython has specialized by then.
    message = str(error).removesuffix(" in comparison") if isinstance(error, RecursionError) else str(error)
    print(f"{type(error).__name__}: {message} {places}")
    context = error.__context__
    if context is not None:
        print(f"  while {type(context).__name__}: {context}, cause {type(error.__cause__).__name__}, {error.__suppress_context__}")


def _flat(item):
    """An item for a container that must not grow deeper: containers of containers become their length."""
    if type(item) in (list, tuple, dict):
        items = item.values() if type(item) is dict else item
        if len(item) > _LENGTH or any(type(inner) in (list, tuple, dict) for inner in items):
            return len(item)
    return item


def clamp(value):
    """A value that loops can go on with: bounded in size and depth, of the same type."""
    kind = type(value)
    if kind is int:
        return value if -(1 << _BITS) < value < 1 << _BITS else value % 1000000007
    if kind is str:
        return value if len(value) <= _LENGTH else value[:_LENGTH]
    if kind is tuple:
        return tuple([_flat(item) for item in value[:_LENGTH]])
    if kind is list:
        value[:] = [_flat(item) for item in value[:_LENGTH]]
    elif kind is dict:
        while len(value) > _LENGTH:
            value.popitem()
        for key, item in value.items():
            value[key] = _flat(item)
    return value


def number_hash(value):
    """The hash of a number; of other values it is no two runs' business."""
    return hash(value) if isinstance(value, (int, float)) and value == value else 0


class Base:
    """Of all classes of random programs: prints without addresses, and no deeper than its plain attributes."""

    __slots__ = ()

    def __repr__(self):
        names = ("a", "b", "s", "x1", "x2")
        values = []
        for name in names:
            try:
                value = object.__getattribute__(self, name)
            except AttributeError:
                continue
            plain = value is None or type(value) in (int, float, bool, str)
            values.append(f"{name}={value!r}" if plain else f"{name}:{type(value).__name__}")
        return f"<{type(self).__name__} {' '.join(values)}>"


class Getter:
    """A descriptor without __set__: what the instance stores under the name comes first."""

    def __init__(self, name, step):
        self.name = name
        self.step = step

    def __get__(self, instance, owner):
        if instance is None:
            return self.step
        return getattr(instance, self.name) + self.step


class Field:
    """A descriptor with __set__: comes before what the instance stores under the name."""

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner):
        if instance is None:
            return 17
        return instance.a ^ 5

    def __set__(self, instance, value):
        instance.a = value


class Guard:
    """A context manager that notes what it sees and swallows the exceptions that it is told to."""

    def __init__(self, *kinds):
        self.kinds = kinds

    def __enter__(self):
        return len(self.kinds)

    def __exit__(self, kind, error, trace):
        note(None if kind is None else kind.__name__)
        return kind is not None and issubclass(kind, self.kinds)


def take(iterator, count):
    """The first items; then closes what can be closed, as programs must not depend on when a generator is dropped."""
    try:
        return list(itertools.islice(iterator, count))
    finally:
        if hasattr(iterator, "close"):
            iterator.close()


class Pause:
    """What coroutines wait for: gives its value to whoever drives them, and them what that sends."""

    def __init__(self, value):
        self.value = value

    def __await__(self):
        return (yield self.value)


def drive(coroutine):
    """Runs a coroutine to its end and returns its result; other values are results already."""
    if not hasattr(coroutine, "send"):
        return coroutine
    sent = None
    try:
        while True:
            note(coroutine.send(sent))
            sent = 1 if sent is None else sent * 2
    except StopIteration as stop:
        return stop.value


def caller_locals():
    """The plain locals of the calling function, as its frame shows them at this moment."""
    seen = sys._getframe(1).f_locals
    return sorted((name, value) for name, value in seen.items() if type(value) in (int, float, bool, str))


def traced(function, *arguments):
    """Calls with a trace function on and notes calls, lines and returns of the program's own code, not of the library's (a callback of a weak
    set comes when something dies), and but for generators: that they are closed can be seen, and so when they are dropped."""
    events = []

    def trace(frame, event, argument):
        if frame.f_code.co_filename != "program" or frame.f_code.co_flags & inspect.CO_GENERATOR:
            return None
        if len(events) < 40:
            events.append((event, frame.f_code.co_name, frame.f_lineno))
        return trace

    sys.settrace(trace)
    try:
        return function(*arguments)
    finally:
        sys.settrace(None)
        note(events)


def in_thread(function, *arguments):
    """Calls in a second thread and waits for it."""
    results = []

    def work():
        try:
            results.append(function(*arguments))
        except Exception as error:
            results.append(type(error).__name__)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return results[0]


def _run_program(text):
    """Runs one program as a module of its own: its globals are what code is compiled for."""
    global _digest
    _digest = 0
    names = vars(types.ModuleType("program"))
    names.update({key: value for key, value in globals().items() if not key.startswith("_")}, __name__="program")
    try:
        exec(compile(text, "program", "exec"), names)
    except Exception as error:
        failure(error)
    show_digest()
    sys.stdout.flush()


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as _file:
        _programs = _file.read().split("\x1e")
    for _text in _programs:
        signal.setitimer(signal.ITIMER_PROF, int(sys.argv[2]))
        signal.alarm(int(sys.argv[3]))
        _run_program(_text)
        print("\x1e", end="", flush=True)
