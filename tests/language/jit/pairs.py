"""zip() and enumerate() in hot loops: of lists and tuples and of what is neither, left half way, shared by loops, seen by others, over lists
that grow and shrink meanwhile."""


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def differences(a, b):
    return [x - y for x, y in zip(a, b)]


def weighted(values):
    total = 0
    for i, value in enumerate(values):
        total += i * value
    return total


def called(a, b, function):
    return [function(x, y) for x, y in zip(a, b)]


def whole_pairs(a, b):
    pairs = []
    for pair in zip(a, b):
        pairs.append(pair)
    return pairs


def rest_of_zip(a, b):
    pairs = zip(a, b)
    for x, y in pairs:
        if x == 3:
            break
    return list(pairs)


def rest_of_enumerate(values):
    numbered = enumerate(values)
    for i, value in numbered:
        if value == 3:
            break
    return list(numbered), i


def shared(a, b):
    pairs, seen = zip(a, b), []
    for x, y in pairs:
        seen.append((x, y))
        for u, v in pairs:
            seen.append((u, v))
            break
    return seen


def growing(values):
    copy, count = list(values), 0
    for x, y in zip(copy, values):
        if len(copy) < 10:
            copy.append(1)
        count += 1
    return count


def shrinking(values):
    copy, seen = list(values), []
    for i, value in enumerate(copy):
        seen.append((i, value))
        copy.pop()
    return seen


def started(values):
    return [i * value for i, value in enumerate(values, 10)]


def often(function, *arguments):
    seen = []
    for _ in range(4000):
        try:
            outcome = function(*arguments)
        except Exception as error:
            outcome = repr(error)
        if not seen or seen[-1] != outcome:
            seen.append(outcome)
    return seen


a, b = [1, 2, 3, 4, 5], (2, 3, 4, 5)
cases = [
    (dot, (a, b)), (dot, (b, a)), (dot, ([], a)), (dot, (range(3), a)), (dot, ({1: 2}, a)), (dot, (5, a)), (dot, ([1.5], [2])),
    (differences, (a, b)), (differences, ([1.5, 2.5], [1, 2])), (differences, (["a"], [1])), (differences, (a, [1, "x"])),
    (called, (a, a, lambda x, y: x + y)), (called, (a, a, max)), (called, (a, b, divmod)),
    (whole_pairs, (a, b)), (rest_of_zip, (a, a)), (rest_of_zip, (a, b)), (rest_of_zip, (b, a)), (shared, (a, a)), (shared, (a, b)),
    (growing, (a,)),
]
for values in (a, b, [], (3,)):
    cases += [(weighted, (values,)), (rest_of_enumerate, (values,)), (shrinking, (values,)), (started, (values,))]
for _ in range(2):
    for function, arguments in cases:
        print(function.__name__, often(function, *arguments))
    print(often(lambda: weighted(range(4))), often(lambda: weighted(x for x in a)), often(lambda: weighted("ab")))
