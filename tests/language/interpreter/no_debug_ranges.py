# options: -X no_debug_ranges
# compare: stderr
# expect: exit 1
# Without columns there are no carets, not under what an expression raises either.
def fail(a, b):
    return a + 1 + (b / 0 + a)


print({position[2:] for position in fail.__code__.co_positions()})
fail(1, 2)
