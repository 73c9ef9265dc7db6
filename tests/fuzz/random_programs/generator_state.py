"""What the generator of random programs knows of the place where it is: names in reach, functions and what a call of them costs."""

LETTERS = {"int": "i", "float": "r", "bool": "b", "str": "s", "list": "l", "tuple": "t", "dict": "d", "object": "o", "none": "n", "any": "v"}


class Scope:
    """The names that a function, or the module, can read and assign."""

    def __init__(self, outer, generator):
        self.outer = outer
        self.generator = generator
        self.own = []  # (name, kind), those that code at this place may assign
        self.borrowed = []  # of outer functions: readable, as nobody here assigns them
        self.is_generator = False
        self.is_coroutine = False
        self.closing = False
        self.functions = []  # that are defined in it

    def names_of(self, kind):
        return [name for name, its in self.own if its == kind] + [name for name, its in self.borrowed if its == kind]

    def own_of(self, kind):
        return [name for name, its in self.own if its == kind]

    def fresh(self, kind):
        self.generator.counter += 1
        return f"{LETTERS[kind]}{self.generator.counter}"

    def new(self, kind):
        name = self.fresh(kind)
        self.own.append((name, kind))
        return name


class Function:
    """What a caller must know of a function of the program."""

    def __init__(self, name, required, optional, result, cost, generator=False, depth=0, keyword=None, closing=False, coroutine=False):
        self.name = name
        self.required = required  # kinds of the parameters without a default
        self.optional = optional  # of those with one
        self.keyword = keyword  # the name of one that must be named
        self.result = result
        self.cost = cost
        self.generator = generator
        self.closing = closing  # a generator that must be closed where it is not run to its end
        self.coroutine = coroutine  # a call gives a coroutine, which must be driven
        self.depth = depth  # if not 0: the first argument bounds the recursion, and may be this at most
