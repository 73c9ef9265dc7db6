# Methods and functions written in C that hot code calls without the call: arguments of other kinds, errors, defaults.
TIMES = 2000


class Text(str):
    def __eq__(self, other):
        return "asked"

    __hash__ = str.__hash__


class Index:
    def __index__(self):
        return 65


def each(function, arguments):
    results, errors = [], []
    for argument in arguments:
        try:
            results.append(function(*argument))
        except Exception as error:
            errors.append("%s: %s" % (type(error).__name__, error))
    return results[-4:], len(results), len(errors), errors[-2:]


def strip(text, characters):
    return text.strip(characters)


def starts(text, prefix):
    return text.startswith(prefix)


def find(text, part, start):
    return text.find(part, start)


def split(text):
    return text.split()


def split_at(text, separator):
    return text.split(separator)


def replace(text, old, new):
    return text.replace(old, new)


def spaces(text):
    return text.isspace(), text.isalpha(), text.isdigit(), text.upper()


def join(separator, parts):
    return separator.join(parts)


print(each(strip, [("  a ", None), ("xax", "x")] * TIMES + [(Text(" a "), None), (b" a ", None), ("a", 5)] * 40))
print(each(starts, [("abc", "ab"), ("abc", "b")] * TIMES + [("abc", ("x", "a")), ("abc", 1), (Text("abc"), "a")] * 40))
print(each(find, [("abcabc", "c", 3), ("abc", "x", 0)] * TIMES + [("abc", "c", Index()), ("abc", "c", None), ("a", b"a", 0)] * 40))
print(each(split, [("a b  c",), ("",)] * TIMES + [(b"a b",), (5,)] * 40), each(split_at, [("a,b", ",")] * TIMES + [("a", "")]))
print(each(replace, [("aXbX", "X", "-")] * TIMES + [("aXbX", "X", 1), (Text("aX"), "X", "y")] * 40))
print(each(spaces, [(" ",), ("a",), ("5",), ("",)] * TIMES + [(Text("a"),), (b"5",)] * 40))
print(each(join, [(",", ["a", "b"]), ("", ("a",))] * TIMES + [(",", "ab"), (",", [1]), (",", iter("ab"))] * 40))


def letters(number):
    return chr(number), ord(chr(number))


print(each(letters, [(65,), (960,)] * TIMES + [(Index(),), (-1,), ("a",), (2**30,)] * 40))


def kinds(value):
    return isinstance(value, int), isinstance(value, (str, list)), isinstance(value, Index)


class Liar:
    __class__ = Index


class Meta(type):
    def __instancecheck__(self, value):
        return "meta" in repr(value)


class Judged(metaclass=Meta):
    pass


def judged(value):
    return isinstance(value, Judged), isinstance(value, Liar)


print(each(kinds, [(5,), ("a",), (Index(),), (True,), (None,)] * TIMES), each(kinds, [(5,)] * TIMES + [(Liar(),)] * 50))
print(each(judged, [("meta",), (1,)] * TIMES))


class Key:
    def __hash__(self):
        return 1

    def __eq__(self, other):
        return other == 1


def look(table, key, default):
    return table.get(key), table.get(key, default), table.setdefault(key, default)


class Table(dict):
    def get(self, key, default=None):
        return "mine"


table = {1: "one"}
print(each(look, [(table, 1, 2), (table, "k", 3)] * TIMES + [(table, Key(), 4), (table, [], 5), (Table(), 1, 6)] * 40), table)


def change(elements, item):
    elements.add(item)
    elements.discard(item - 1 if type(item) is int else item)
    return len(elements)


print(each(change, [(set(), 1), ({5}, 6)] * TIMES + [(set(), Key()), (set(), []), (frozenset(), 1)] * 40))


def disjoint(a, b):
    return a.isdisjoint(b)


print(each(disjoint, [({1, 2}, {3}), ({1}, {1, 2, 3}), (frozenset("a"), {"a"})] * TIMES + [({1}, [1]), ({Key()}, {2, 1}), ({1}, 5)] * 40))


def pop(items):
    return items.pop(), len(items)


print(each(pop, [([1, 2, 3],), ([4],)] * TIMES + [([],), ({5},), (bytearray(b"a"),)] * 40))
shared = list(range(TIMES))
print(each(pop, [(shared,)] * (TIMES + 30)))


def texts(value):
    return str(value)


class Shown:
    def __str__(self):
        return "shown"


print(each(texts, [(5,), (2.5,), ("a",), (None,), (2**70,), (True,)] * TIMES + [(Shown(),), (Text("t"),), ([1],)] * 40))


def views(table):
    return list(table.items()), list(table.keys()), list(table.values()), table.copy()


print(each(views, [({1: 2},), ({},)] * TIMES + [(Table(a=1),), (5,)] * 40))


def numbers(a, b):
    return divmod(a, b), hash(a), repr(b), bin(3)


print(each(numbers, [(7, 2), (7.5, 2)] * TIMES + [(7, 0), ("a", 1), (Key(), 1), (2**70, 3)] * 40))
