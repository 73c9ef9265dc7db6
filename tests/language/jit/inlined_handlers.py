# Inlined functions that catch: never, now and then, always; handlers that run for the first time in compiled code.
import sys


def get(table, key):
    try:
        return table[key]
    except KeyError:
        return -1


class Loud(dict):
    def __missing__(self, key):
        raise KeyError(key)


def total(table, keys):
    result = 0
    for key in keys:
        result += get(table, key)
    return result


class Reader:
    def __init__(self, values):
        self.values = values
        self.failed = 0

    def number(self, text):
        try:
            return int(text)
        except ValueError:
            self.failed += 1
            return self.fallback(text)
        finally:
            self.values += 1

    def fallback(self, text):
        try:
            return self.table[text]
        except (AttributeError, KeyError) as error:
            return len(type(error).__name__)


def read(reader, texts):
    return sum([reader.number(text) for text in texts])


def first_time(count):
    """The handler has not run when this is compiled."""
    table, missed = Loud((i, i) for i in range(count)), 0
    for i in range(2 * count):
        try:
            table[i]
        except KeyError as error:
            missed += error.args[0]
    return missed


def trace_lines(function):
    """The lines of a traceback through an inlined function that catches."""
    try:
        function()
    except Exception as error:
        lines, traceback = [], error.__traceback__
        while traceback:
            lines.append((traceback.tb_frame.f_code.co_name, traceback.tb_lineno - traceback.tb_frame.f_code.co_firstlineno))
            traceback = traceback.tb_next
        return lines, repr(error), repr(error.__context__)


def convert(text):
    try:
        return int(text)
    except ValueError:
        raise TypeError(text)


def convert_all():
    for text in ["1"] * 3000 + ["x"]:
        convert(text)


for table in ({i: 1 for i in range(100)}, Loud((i, 2) for i in range(100))):
    print(total(table, list(range(100)) * 40))
    print(total(table, [i % 101 for i in range(4000)]))
    print(total(table, [i % 200 for i in range(4000)]))
    print(total(table, list(range(100)) * 40))
reader = Reader(0)
print(read(reader, ["12"] * 4000), read(reader, ["12", "x"] * 2000), reader.failed, reader.values)
reader.table = {"x": 5}
print(read(reader, ["12", "x", "y"] * 2000), reader.failed, reader.values)
print(first_time(4000))
for _ in range(3):
    print(trace_lines(convert_all))
print(sys.exc_info())
