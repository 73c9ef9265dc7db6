"""One dict whose values all threads replace, most of the time without taking its lock: nothing that was stored is lost,
and whoever reads the whole dict sees it at one moment."""
from _harness import check, hammer, THREADS

table = {(index, name): 0 for index in range(THREADS) for name in ("first", "second")}


def replace(index):
    number = table[index, "second"]
    for number in range(number + 1, number + 200):
        table[index, "first"] = number
        table[index, "second"] = number
        check(table[index, "first"] == number, "a value was lost")
        check(table[index, "second"] == number, "a value was lost")


def look(index):
    for whole in (dict(table), table.copy(), dict(list(table.items())), {} | table):
        for owner in range(THREADS):
            check(whole[owner, "first"] - whole[owner, "second"] in (0, 1), "not one moment", whole)


def insert(index):
    for number in range(20):
        table["more", index, number] = number
    for number in range(20):
        check(table.pop(("more", index, number)) == number)
    replace(index)


def exchange(index):
    for number in range(50):
        table.update({(index, "first"): -1})
        check(table.setdefault((index, "first"), 5) == -1)
        del table[index, "first"]
        check((index, "first") not in table)
        table[index, "first"] = table[index, "second"]


hammer(replace, replace, replace, insert, replace, look, replace, insert)
hammer(*[replace] * 4, *[exchange] * 4, seconds=0.2)
check(len(table) == 2 * THREADS, table)
