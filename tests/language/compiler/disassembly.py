# krait-only
"""dis and symtable on small functions."""
import dis
import symtable


def f(a, b=1):
    for i in a:
        if i in b:
            print(i.x, 1 + i)
    return lambda: a


names = [i.opname for i in dis.get_instructions(f)]
assert names[0] == "ENTER_CLOSURE" and "FOR_ITERATOR" in names and names.count("LOOP") == 1, names
assert [line for _, line in dis.findlinestarts(f.__code__)][1:] == [8, 9, 10, 11]
jumps = [i for i in dis.get_instructions(f) if i.opname == "LOOP"]
targets = {i.offset for i in dis.get_instructions(f) if i.is_jump_target}
assert jumps[0].argval in targets
assert "Variable names:" in dis.code_info(f)
table = symtable.symtable("def f(a):\n global b\n def g(): return a", "f", "exec").get_children()[0]
assert table.get_children()[0].get_frees() == ("a",)
print("done")
