# timeout: 120
# Functions with hundreds of locals, branches, constants and calls, hot, and right where control leaves them in the middle.
COUNT = 300


def run(lines, name="function", arguments="n"):
    names = {"COUNT": COUNT}
    exec(f"def {name}({arguments}):\n" + "".join(f"    {line}\n" for line in lines), names)
    return names[name]


locals_of_all_kinds = run(
    [f"v{i} = {[f'n + {i}', f'n * {i}.5', f'str(n + {i})', f'[n, {i}]', f'n % {i + 2} == 0'][i % 5]}" for i in range(COUNT)]
    + ["for k in range(50):"]
    + [f"    v{i} = v{i} {['+ k', '+ 0.5', '[-3:]', '', 'or k > 40'][i % 5]}" for i in range(COUNT)]
    + ["    if k == n % 60: break"]
    + [f"return {' , '.join(f'v{i}' for i in range(COUNT))}"]
)
for n in list(range(60)) + [0.5, 2**62]:
    results = locals_of_all_kinds(n)
print(results[:10], results == locals_of_all_kinds(2**62))
print([locals_of_all_kinds(n)[n] for n in range(0, 300, 7)])
try:
    locals_of_all_kinds(None)
except TypeError as error:
    print(error, error.__traceback__.tb_next.tb_lineno)

branches = run([f"if n == {i}: return {i * 3}" for i in range(COUNT)] + ["return -1"])
print(sum(branches(n) for n in range(2000)), branches(7.0), branches("x"), branches(True))

arithmetic = run(["x = n"] + [f"x = (x * {i % 9 + 1} + {i}) & 0xFFFFFFFF" for i in range(COUNT)] + ["return x"])
print([arithmetic(n) for n in range(400)][-3:], arithmetic(2**80))

floats = run(["x = n"] + [f"x = x * 0.99 + {i / 7!r}" for i in range(COUNT)] + ["return x"])
print([floats(float(n)) for n in range(400)][-3:], floats(3), floats(float("inf")), floats(2**1000))

deep = run(["total = n", *[f"{'    ' * i}for a{i} in range(2):" for i in range(12)], "    " * 12 + "total += a0 + a11", "return total"])
print(deep(0), deep(0.5), deep(2**61 - 4000))

tries = []
for i in range(60):
    tries += ["try:", f"    x += 1000 // (n % {i + 2})", "except ZeroDivisionError:", f"    x ^= {i}", "finally:", "    x += 1"]
guarded = run(["x = 0", *tries, "return x"])
print([guarded(n) for n in range(300)][-5:], sum(guarded(n) for n in range(300)))

callee = "lambda a=0, *rest, k=1, **named: a + len(rest) + k + len(named)"
calls = run(
    [f"f = {callee}", "x = 0"]
    + [f"x += f({', '.join(str(j) for j in range(i % 30))}{', ' if i % 30 else ''}k={i}{', z=1, y=2' if i % 2 else ''})" for i in range(COUNT)]
    + ["return x + n"]
)
print([calls(n) for n in range(30)][-1], calls(1.5))

many_parameters = run([f"return ({' + '.join(f'p{i}' for i in range(200))}, p199)"], arguments=", ".join(f"p{i}={i}" for i in range(200)))
print([many_parameters(n) for n in range(300)][-1], many_parameters(*[0.5] * 200), many_parameters(p5=2**62))

cells = run([f"c{i} = n + {i}" for i in range(100)] + [f"f{i} = lambda: c{i} * 2" for i in range(100)] + ["c50 = 'text'", f"return {' , '.join(f'f{i}()' for i in range(100))}"])
for n in range(200):
    results = cells(n)
print(results[0], results[50], results[99])
