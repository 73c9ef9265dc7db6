# What compiled code keeps alive is not among the objects that gc shows: no container appears when a function gets hot.
import gc
import time


class Item:
    def __eq__(self, other):
        return False


def compare(item, times):
    equal = 0
    for _ in range(times):
        if item == item:
            equal += 1
    return equal


item = Item()
for _ in range(3):
    assert compare(item, 20000) == 0
    time.sleep(0.2)  # the code is installed at the next call
compare(item, 10)


def holders(wanted):
    return [kind for kind in map(type, gc.get_referrers(wanted)) if kind is tuple]


print(holders(globals()), holders(Item), holders(Item.__eq__), holders(compare.__code__))
print([value for value in gc.get_objects() if type(value) is tuple and any(part is Item.__eq__ or part is globals() for part in value)])
