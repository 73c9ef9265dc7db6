"""One dict: own keys inserted and deleted, one key's value replaced, whole dict copied and listed."""
from _harness import check, hammer, THREADS

table = {}
table["shared"] = (0, 0)


def work(index):
    for number in range(100):
        key = (index, number)
        table[key] = number
        check(table[key] == number)
        table["shared"] = (index, index)
        seen = table["shared"]
        check(seen[0] == seen[1])
        if number % 3:
            check(table.pop(key) == number)
            check(key not in table)
    for number in range(0, 100, 3):
        del table[index, number]


def look(index):
    for key, value in list(table.items()):
        check(value[0] == value[1] if key == "shared" else value == key[1], key, value)
    copy = dict(table)
    check(copy["shared"][0] == copy["shared"][1])
    check(len(copy) == len(list(copy)) == len(copy.values()))
    keys, values = list(table), list(table.values())
    check(len(keys) == len(set(keys)))
    check(None not in values)


hammer(work, work, look)
check(list(table) == ["shared"], table)
