# __getattr__ answers also when a property or descriptor of the class was found and raised AttributeError.


class Descriptor:
    def __get__(self, instance, owner):
        raise AttributeError("of the descriptor")


class DataDescriptor(Descriptor):
    def __set__(self, instance, value):
        pass


class Answers:
    __slots__ = ("unset", "__dict__")
    descriptor = Descriptor()
    data = DataDescriptor()

    @property
    def nested(self):
        return self.not_there

    @property
    def wrong(self):
        raise ValueError("no AttributeError")

    def __getattr__(self, name):
        return f"answer for {name}"


class Refuses(Answers):
    def __getattr__(self, name):
        raise AttributeError(f"refused {name}")


class Meta(type):
    @property
    def nested(cls):
        return cls.not_there

    data = DataDescriptor()

    def __getattr__(cls, name):
        return f"class answers for {name}"


class OfMeta(metaclass=Meta):
    broken = Descriptor()


def read(value, name):
    try:
        return getattr(value, name)
    except (AttributeError, ValueError) as error:
        places, entry = [], error.__traceback__
        while entry:
            places.append(entry.tb_frame.f_code.co_name)
            entry = entry.tb_next
        return repr(error), places, repr(error.__context__)


def read_often(value):
    for _ in range(4):
        for reader in (
            lambda: value.nested,
            lambda: value.wrong,
            lambda: value.descriptor,
            lambda: value.data,
            lambda: value.unset,
            lambda: value.missing,
            lambda: value.broken,
        ):
            try:
                print(reader())
            except (AttributeError, ValueError) as error:
                print(repr(error), repr(error.__context__))


for value in (Answers(), Refuses(), OfMeta):
    read_often(value)
    for name in ("nested", "wrong", "descriptor", "data", "unset", "missing", "broken"):
        print(name, read(value, name), name == "wrong" or hasattr(value, name))

# Without __getattr__ at first, then with it.
class Late:
    @property
    def nested(self):
        return self.not_there


late = Late()
for number in range(6):
    if number == 3:
        Late.__getattr__ = lambda self, name: f"late {name}"
    print(read(late, "nested"))
    try:
        print(late.nested)
    except AttributeError as error:
        print(repr(error))
