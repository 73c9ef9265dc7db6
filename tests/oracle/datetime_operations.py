"""Random operations of datetime, one a line with its result: python datetime_operations.py SEED COUNT. Run by datetime_oracle.py under both
interpreters, which must print the same.
"""
import pickle
import random
import sys
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta, timezone, tzinfo

SEED, COUNT = int(sys.argv[1]), int(sys.argv[2])
source = random.Random(SEED)


class Summer(tzinfo):
    """One hour ahead of UTC, two from April to September, with the folds that follow."""

    def utcoffset(self, moment):
        return timedelta(hours=1) + self.dst(moment)

    def dst(self, moment):
        if moment is None or not 4 <= moment.month <= 9:
            return timedelta(0)
        if (moment.month, moment.day, moment.hour) == (9, 30, 23) and moment.fold:
            return timedelta(0)
        return timedelta(hours=1)

    def tzname(self, moment):
        return "100%" if self.dst(moment) else None

    def __repr__(self):
        return "Summer()"


class Silent(tzinfo):
    """Knows nothing."""

    def utcoffset(self, moment):
        return None

    dst = tzname = utcoffset

    def __repr__(self):
        return "Silent()"


class Day(date):
    pass


class Moment(datetime):
    pass


class Duration(timedelta):
    pass


ZONES = (None, None, UTC, Summer(), Silent(), timezone(timedelta(hours=-5), "EST"), timezone(timedelta(minutes=330)),
         timezone(timedelta(seconds=-3661, microseconds=7)))


def pick(*choices):
    return source.choice(choices)


def number(low, high):
    """Mostly in range; now and then an edge, or beyond it."""
    return pick(low, high, low - 1, high + 1) if source.random() < 0.06 else source.randint(low, high)


def year():
    return pick(1, 2, 1969, 1970, 2000, 2023, 2024, 2037, 2100, 9998, MAXYEAR, number(1, MAXYEAR), source.randint(1900, 2100))


def a_date(kind=None):
    kind = kind or pick(date, date, date, Day)
    return kind(year(), number(1, 12), source.randint(1, 28) if source.random() < 0.8 else number(1, 31))


def clock():
    return number(0, 23), number(0, 59), pick(0, number(0, 59)), pick(0, number(0, 999999), source.randrange(1000) * 1000)


def a_time():
    return time(*clock(), pick(*ZONES), fold=source.random() < 0.2)


def a_datetime(kind=None):
    kind = kind or pick(datetime, datetime, datetime, Moment)
    day = pick((2021, 9, 30), (2021, 3, 31)) if source.random() < 0.1 else (year(), number(1, 12), source.randint(1, 28))
    return kind(*day, *clock(), pick(*ZONES), fold=int(source.random() < 0.2))


def a_number():
    return pick(0, 1, -1, 2, 3, 7, 10, 1000, -86400, 2 ** 40, -2 ** 70, 10 ** 30, source.randint(-10 ** 6, 10 ** 6))


def a_float():
    return pick(0.0, 0.5, -0.5, 1.5, 2.5, 1e-7, 1e300, -1e-300, 0.1, 1 / 3, float("nan"), float("inf"),
                source.uniform(-1e6, 1e6), source.uniform(-1, 1), source.randint(-10 ** 7, 10 ** 7) / 2)


def a_delta():
    kind = pick(timedelta, timedelta, timedelta, Duration)
    form = source.randrange(5)
    if form == 0:
        return kind(pick(a_number(), number(-999999999, 999999999), source.randint(-800000, 800000)))
    if form == 1:
        names = source.sample(("days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"), 3)
        return kind(**{name: pick(a_float(), source.randint(-10 ** 4, 10 ** 4)) for name in names})
    if form == 2:
        return kind(microseconds=pick(source.randint(-10 ** 18, 10 ** 18), source.randint(-9, 9) / 2))
    return kind(source.randint(-1000, 1000), source.randint(-10 ** 5, 10 ** 5), source.randint(-10 ** 7, 10 ** 7))


def anything():
    return pick(a_date, a_time, a_datetime, a_datetime, a_delta, a_delta, a_number, a_float)()


def mangled(text):
    """A text that fromisoformat() may refuse."""
    text = list(text)
    for _ in range(pick(0, 0, 1, 1, 2, 3)):
        if not text:
            break
        at, how = source.randrange(len(text)), source.randrange(3)
        character = source.choice("0123456789-:+.,TWZ Tx\u00e9\u2192\U0001f40d\ud800")
        text[at:at + pick(0, 1)] = character if how else ""
    return "".join(text)


def iso_date():
    day = a_date(date)
    week = day.isocalendar()
    return pick(day.isoformat(), day.isoformat().replace("-", ""), f"{week[0]:04}-W{week[1]:02}-{week[2]}",
                f"{week[0]:04}W{week[1]:02}{week[2]}", f"{week[0]:04}-W{week[1]:02}", f"{week[0]:04}W{week[1]:02}")


def iso_time():
    hour, minute, second, part = (source.randrange(limit) for limit in (24, 60, 60, 10 ** 9))
    colon = pick(":", "")
    text = f"{hour:02}{colon}{minute:02}{colon}{second:02}{pick('.', ',')}{part}"
    text = text[:pick(2, 2 + len(colon) + 2, 6 + 2 * len(colon), 30, source.randrange(30))]
    offset = f"{source.randrange(24):02}{colon}{source.randrange(60):02}{colon}{source.randrange(60):02}.{part % 10 ** 6:06}"
    return text + pick("", "", "Z", pick("+", "-") + offset[:pick(2, 4 + len(colon), 6 + 2 * len(colon), 30)])


FORMATS = ("", "%Y-%m-%d", "%H:%M:%S.%f", "%z|%Z|%%z|%", "%a %b %d %j %U %W %w %y %p %I %G-W%V-%u", "\u00e9%Y", "%f%f", "%D %T")
OPERATORS = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b,
    "//": lambda a, b: a // b, "%": lambda a, b: a % b, "divmod": divmod, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b, "==": lambda a, b: a == b, "!=": lambda a, b: a != b,
}
FIELDS = ("year", "month", "day", "hour", "minute", "second", "microsecond", "fold", "tzinfo")
NO_ARGUMENTS = {
    date: ("isoformat", "ctime", "isocalendar", "weekday", "isoweekday", "toordinal", "timetuple", "__reduce__", "__str__"),
    time: ("isoformat", "utcoffset", "dst", "tzname", "__reduce__", "__str__"),
    datetime: ("isoformat", "ctime", "isocalendar", "weekday", "toordinal", "timetuple", "utctimetuple", "timestamp", "utcoffset",
               "dst", "tzname", "date", "time", "timetz", "astimezone", "__reduce__", "__str__"),
    timedelta: ("total_seconds", "__reduce__", "__str__", "__neg__", "__abs__", "__pos__", "__bool__"),
}


def operate():
    a, b = anything(), anything()
    name = source.choice(list(OPERATORS))
    return f"{a!r} {name} {b!r}", lambda: OPERATORS[name](a, b)


def call_plain():
    kind = source.choice(list(NO_ARGUMENTS))
    value = {date: a_date, time: a_time, datetime: a_datetime, timedelta: a_delta}[kind]()
    name = source.choice(NO_ARGUMENTS[kind])
    return f"{value!r}.{name}()", lambda: getattr(value, name)()


def hash_value():
    value = pick(a_date, a_time, a_datetime, a_delta)()
    return f"hash({value!r})", lambda: hash(value)


def construct():
    kind, arguments = pick((date, [year(), number(1, 12), number(1, 31)]), (time, list(clock())),
                           (datetime, [year(), number(1, 12), number(1, 31), *clock()]),
                           (datetime, [a_number() for _ in range(source.randrange(5))]))
    keywords = {}
    if source.random() < 0.1 and arguments:
        arguments[source.randrange(len(arguments))] = pick("x", None, 1.0, 2 ** 40, -2 ** 80, True)
    elif source.random() < 0.2:  # with good arguments: which of two faults is told is not compared
        arguments = [1] * len(arguments)
        keywords = {source.choice(FIELDS[3 * (kind is time) + len(arguments):]): pick(0, 1, 3, None, UTC)}
    return f"{kind.__name__}(*{arguments}, **{keywords})", lambda: kind(*arguments, **keywords)


def replace():
    value = pick(a_date, a_time, a_datetime)()
    keywords = {name: number(0, 31) for name in source.sample(FIELDS[:8], pick(1, 2))}
    if source.random() < 0.2:
        keywords["tzinfo"] = pick(*ZONES)
    return f"{value!r}.replace(**{keywords})", lambda: value.replace(**keywords)


def parse():
    kind = pick(date, time, datetime, datetime, Moment)
    text = {date: iso_date, time: iso_time}.get(kind, lambda: iso_date() + pick("T", " ", "-", "5", "\u2192", "\ud800", "") + iso_time())()
    text = mangled(text)
    return f"{kind.__name__}.fromisoformat({text!r})", lambda: kind.fromisoformat(text)


def print_iso():
    value = pick(a_time, a_datetime)()
    keywords = {"timespec": pick("auto", "hours", "minutes", "seconds", "milliseconds", "microseconds", "days")}
    if isinstance(value, datetime):
        keywords["sep"] = pick(" ", "T", "\u2192", "\U0001f40d", "")
    return f"{value!r}.isoformat(**{keywords})", lambda: value.isoformat(**keywords)


def print_format():
    value, form = pick(a_date, a_time, a_datetime)(), source.choice(FORMATS)
    return f"format({value!r}, {form!r})", lambda: (format(value, form), value.strftime(form))


def from_timestamp():
    kind, zone = pick(datetime, Moment), pick(*ZONES)
    seconds = pick(a_number(), a_float(), source.randint(-10 ** 10, 10 ** 11), source.uniform(-1e10, 1e10),
                   source.randint(0, 2 * 10 ** 9) + source.randrange(1000001) / 10 ** 6)
    name = pick("fromtimestamp", "utcfromtimestamp", "zone", "date")
    if name == "zone":
        return f"{kind.__name__}.fromtimestamp({seconds!r}, {zone!r})", lambda: kind.fromtimestamp(seconds, zone)
    if name == "date":
        return f"Day.fromtimestamp({seconds!r})", lambda: Day.fromtimestamp(seconds)
    return f"{kind.__name__}.{name}({seconds!r})", lambda: getattr(kind, name)(seconds)


def local_time():
    """Near the changes of this year's clocks, where there are any."""
    moment = datetime(2021, pick(3, 4, 9, 10, 11), source.randint(1, 31 if source.random() < 0.3 else 30), number(0, 4), pick(0, 30, 59),
                      fold=pick(0, 1))
    return f"local {moment!r}", lambda: (moment.timestamp(), moment.astimezone(), moment.astimezone(UTC),
                                         datetime.fromtimestamp(moment.timestamp()))


def convert():
    moment, zone = a_datetime(), pick(*ZONES)
    return f"{moment!r}.astimezone({zone!r})", lambda: moment.astimezone(zone)


def copy_by_pickle():
    value, protocol = pick(a_date, a_time, a_datetime, a_delta)(), source.randrange(6)
    if getattr(value, "tzinfo", None) in ZONES[3:5]:
        value = value.replace(tzinfo=None)
    return f"pickle {value!r} {protocol}", lambda: (value.__reduce_ex__(protocol), pickle.loads(pickle.dumps(value, protocol)))


def calendar():
    kind = pick(date, Day, datetime, Moment)
    if source.random() < 0.5:
        ordinal = pick(0, 1, 3652059, 3652060, 2 ** 31 - 1, 2 ** 31, number(1, 3652059))
        return f"{kind.__name__}.fromordinal({ordinal})", lambda: kind.fromordinal(ordinal)
    week = pick(0, year(), MAXYEAR), number(1, 53), number(1, 7)
    return f"{kind.__name__}.fromisocalendar{week}", lambda: kind.fromisocalendar(*week)


def combine():
    kind, day, hours, zone = pick(datetime, Moment), pick(a_date, a_datetime)(), a_time(), pick(*ZONES)
    return f"{kind.__name__}.combine({day!r}, {hours!r}, {zone!r})", lambda: (kind.combine(day, hours), kind.combine(day, hours, zone))


def read_format():
    moment = a_datetime(datetime).replace(tzinfo=None)
    form = pick("%Y-%m-%d %H:%M:%S.%f", "%d/%m/%y %I:%M %p", "%Y %j", "%G-W%V-%u", "%c")
    return f"strptime {moment!r} {form!r}", lambda: Moment.strptime(moment.strftime(form), form)


KINDS = (operate, operate, operate, operate, call_plain, call_plain, hash_value, construct, replace, parse, parse, parse, print_iso,
         print_format, from_timestamp, local_time, convert, copy_by_pickle, calendar, combine, read_format)


def show(result):
    return f"{type(result).__name__} {result!r}"


for _ in range(COUNT):
    try:
        what, action = source.choice(KINDS)()
    except (ValueError, OverflowError, TypeError, ArithmeticError) as error:
        what, action = "making operands", None
        answer = f"{type(error).__name__}: {error}"
    if action:
        try:
            answer = show(action())
        except Exception as error:
            answer = f"{type(error).__name__}: {error}"
    print(ascii(f"{what} -> {answer}"))
