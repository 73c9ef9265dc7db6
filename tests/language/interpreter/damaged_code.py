# krait-only
# Damaged code images: found out when they are read, or refused by the verifier; never more. (CPython believes what it reads.)
import marshal
import random
import types


def outer(a, b=2, *rest, c=3):
    def inner(x):
        return a + x, [y for y in range(x)], "text", 1.5, (1, 2)

    return inner(b)


data = marshal.dumps(outer.__code__)
kinds = (ValueError, TypeError, EOFError)
found = 0
for seed in range(300):
    choose = random.Random(seed)
    damaged = bytearray(data)
    damaged[choose.randrange(len(damaged))] ^= 1 << choose.randrange(8)
    try:
        marshal.loads(damaged).co_consts
    except kinds:
        found += 1
print(found > 250)
cut = 0
for length in range(len(data)):
    try:
        marshal.loads(data[:length])
    except kinds:
        cut += 1
print(cut == len(data))
