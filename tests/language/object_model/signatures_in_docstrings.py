# A docstring may begin with a signature, as those of C functions do. Unions say where they come from.
import inspect


class Reader:
    """Reader(raw, size=8)
--

    What it is.
    """


class Elsewhere:
    """Reader(raw)\n--\n\nAnother name."""


class Late:
    """Late(raw)\n\nA paragraph before it.\n--\n\n"""


class Plain:
    """No signature."""


class Derived(Reader):
    pass


for kind in (Reader, Elsewhere, Late, Plain, Derived):
    print(kind.__name__, kind.__text_signature__, repr(kind.__doc__))
print(inspect.signature(Reader), inspect.signature(Derived))
print((int | str).__module__, type(int | str).__module__, "__module__" in vars(type(int | str)), "__module__" in dir(int | str))
