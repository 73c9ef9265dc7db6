"""hashlib.scrypt(): results, and which of several wrong arguments is complained about."""
import hashlib


def show(*arguments, **keywords):
    try:
        key = hashlib.scrypt(*arguments, **keywords)
    except (TypeError, ValueError, OverflowError, BufferError) as error:
        print(type(error).__name__, error)
    else:
        print(len(key), key.hex())


class Two:
    def __index__(self):
        return 2


WORD = b"password"
show(b"", salt=b"", n=16, r=1, p=1)
show(bytearray(WORD), salt=memoryview(b"NaCl"), n=1024, r=8, p=16, maxmem=2**25, dklen=5)
show(WORD, salt=b"s", n=Two(), r=8, p=1)
show(WORD, salt=b"s", n=2, r=8, p=1, dklen=Two())
show(WORD, salt=memoryview(b"abab")[::2], n=2, r=8, p=1)

show()
show(WORD)
show(WORD, b"salt")
for given in ({}, {"n": 2}, {"n": 2, "r": 8}, {"n": 2, "r": 8, "p": 1, "q": 1}, {"n": "x", "maxmem": "a"}):
    show(WORD, salt=b"s", **given)
show("x", salt=3, n="x")
show(WORD, salt="s", n="x")
show(WORD, salt=None)
show(WORD, n=3, dklen="a")
good = {"n": 2, "r": 8, "p": 1}
for name in good:
    for value in (-1, 0, 1, 3, None, 2.0, True, 2**33, 2**70):
        if (name, value) not in (("n", 2**33), ("p", 3), ("r", 3)):
            show(WORD, salt=b"s", **good | {name: value})
for name in "maxmem", "dklen":
    for value in (-1, None, 0, 1, 65, 2**31, 2**80, 2.5):
        show(WORD, salt=b"s", **good, **{name: value})
show(WORD, salt=b"s", n=2**20, r=8, p=1)
show(WORD, salt=b"s", n=3, r=-1, p=-1, maxmem=-1, dklen=-1)
show(WORD, salt=b"s", n=2, r=-1, p=-1, maxmem=-1, dklen=-1)
