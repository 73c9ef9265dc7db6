# Which error tells that an object takes no items, or gives none up.
class OnlySet:
    def __setitem__(self, key, value):
        pass


class OnlyDelete:
    def __delitem__(self, key):
        pass


class Index:
    def __index__(self):
        return 1 << 70


def assign(target, key):
    target[key] = 1


def delete(target, key):
    del target[key]


for target in ("abc", b"abc", (1,), range(3), frozenset(), {}.keys(), 1, None, object(), OnlySet(), OnlyDelete()):
    for key in (0, "a", 1 << 64, Index(), None):
        for action in (assign, delete):
            try:
                print(type(target).__name__, action.__name__, action(target, key))
            except Exception as error:
                print(type(target).__name__, action.__name__, type(error).__name__, error)
