# Floats beside ints that no float is equal to: comparisons are exact, also with constants.
LARGE = 2**53


def compare(values):
    found = []
    for value in values:
        found.append((
            value == 9007199254740993, value != 9007199254740993, value < 9007199254740993, value >= 9007199254740993,
            9007199254740993 > value, value == -9007199254740993, value <= -9007199254740993, value == 9007199254740992))
    return found


def compare_names(values, other):
    return [(value == other, value < other, value >= other, other == value) for value in values]


def only_floats(count):
    same = 0
    value = 9007199254740992.0
    for i in range(count):
        same += value == 9007199254740993
        same += value != 9007199254740992
        same += value < 9007199254740991
        value += 0.0
    return same


FLOATS = [float(LARGE), -float(LARGE), 1.5, float(LARGE) + 2]
INTS = [LARGE, LARGE + 1, -LARGE - 1, 3]
for _ in range(3):
    for values in (FLOATS, INTS, FLOATS + INTS):
        results = [compare(values) for _ in range(400)]
        assert all(result == results[0] for result in results)
        print(results[0])
        for other in (LARGE + 1, float(LARGE), -LARGE - 1):
            results = [compare_names(values, other) for _ in range(400)]
            assert all(result == results[0] for result in results)
            print(results[0])
print(only_floats(20000))
