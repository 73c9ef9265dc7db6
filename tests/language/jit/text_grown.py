# Loops that build text with `+=` may append in place: nobody else must see that, whoever has seen the text before, between two
# runs of a loop, or looks at the frame's locals in the middle of one.
import sys

PART = "0123456789abcdef" * 4


def digest(texts):
    total = 0
    for text in texts:
        total = (total * 31 + len(text) * 7 + text.count("a")) % 1000003
    return total, len(texts), [len(text) for text in texts[:3]], texts[-1][-20:]


def simple(times):
    text = ""
    for number in range(times):
        text += PART
    return text


def kept_between(times):
    """The inner loop's text is kept, and grows on in the next run of the loop."""
    kept, text = [], ""
    for _ in range(30):
        for number in range(times):
            text += "xy"
        kept.append(text)
    return digest(kept)


def argument_grows(text, times):
    for _ in range(times):
        text += PART
    return text


def handed_on():
    first = argument_grows("", 20)
    second = argument_grows(first, 20)
    third = argument_grows(first, 3)
    return len(first), len(second), len(third), second.startswith(first), third == first + PART * 3


def started_anew(times):
    kept, text = [], PART * 10
    for outer in range(40):
        other = text
        for number in range(times):
            if number == 7:
                text = PART * 10
            text += "z"
        kept += [text, other]
    return digest(kept)


def in_while(times):
    text, number = "", 0
    while number < times:
        text += PART
        number += 1
        if number == 17:
            continue
        if number == times - 3:
            break
    else:
        text += "never"
    return text


def with_else(times):
    kept, text = [], PART * 5
    for _ in range(20):
        for number in range(times):
            text += "q"
        else:
            kept.append(text)
            text += "e"
        kept.append(text)
    return digest(kept)


def seen_by_frame():
    return sys._getframe(1).f_locals["text"]


def looked_at(times):
    seen, text = [], PART * 5
    for number in range(times):
        text += "w"
        if number % 100 == 50:
            seen.append(seen_by_frame())
    return digest(seen + [text])


def with_locals(times):
    seen, text = [], PART * 5
    for number in range(times):
        text += "v"
        if number % 100 == 50:
            seen.append(locals()["text"])
    return digest(seen + [text])


def pieces(times):
    text = PART * 5
    for number in range(times):
        text += "u"
        yield number


def looked_at_from_outside(times):
    generator, seen = pieces(times), []
    for number in generator:
        if number % 100 == 50:
            seen.append(generator.gi_frame.f_locals["text"])
    return digest(seen)


def changing_types(times):
    results = []
    for turn in range(6):
        value = "" if turn % 3 == 0 else 0 if turn % 3 == 1 else []
        more = "ab" * 40 if turn % 3 == 0 else 3 if turn % 3 == 1 else [1]
        for number in range(times):
            value += more
        results.append(value if turn % 3 == 1 else len(value))
    return results


def wide(times):
    text = PART * 5
    for number in range(times):
        text += "\u20ac" if number % 50 == 49 else "s"
    return len(text), text.count("\u20ac"), text[-3:], text.encode()[-5:]


def raising(times):
    kept, text = [], PART * 5
    for turn in range(20):
        try:
            for number in range(times):
                text += "r"
                if number == times - 5:
                    text += number
        except TypeError as error:
            kept.append((text, str(error)))
    return digest([text for text, _ in kept]), kept[-1][1]


class Text(str):
    def __add__(self, other):
        return Text("<" + str(self)[:10] + other + ">")


def subclass(times):
    text = Text("a")
    for number in range(times):
        text += "bc"
    return type(text).__name__, text


def without_augmenting(times):
    kept, text = [], ""
    for _ in range(20):
        for number in range(times):
            text = text + "ij"
            if number % 3:
                text = text + PART
        kept.append(text)
    return digest(kept)


def from_both_sides(times):
    text = PART * 5
    for number in range(times):
        text = "<" + text + ">"
        text += text[:1]
    return len(text), text[:5], text[-5:]


def as_keys(times):
    table, text = {}, PART * 4
    for turn in range(50):
        for number in range(times):
            text += "k"
        table[text] = turn
    return [table[PART * 4 + "k" * (times * (turn + 1))] for turn in (0, 3, 49)], len(table)


def nested(times):
    text = ""
    for _ in range(20):
        for number in range(times):
            text += "n"
            for deeper in range(3):
                text += "m"
    return text


def traced(times):
    seen, text = [], PART * 5

    def trace(frame, event, argument):
        if event == "line" and len(seen) < 20:
            seen.append(frame.f_locals["text"])
        return trace

    sys._getframe().f_trace = trace
    sys.settrace(trace)
    for number in range(times):
        text += "t"
    sys.settrace(None)
    return [len(one) for one in seen], len(text)


for _ in range(3):
    print(len(simple(3000)), simple(3000) == PART * 3000, kept_between(300), handed_on())
    print(started_anew(300), len(in_while(2000)), with_else(300))
    print(looked_at(1000), with_locals(1000), looked_at_from_outside(1000))
    print(changing_types(500), wide(1000), raising(300), subclass(50))
    print(without_augmenting(100), from_both_sides(100))
    print(as_keys(100), len(nested(300)), nested(10)[:12], traced(50))
