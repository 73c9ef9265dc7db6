"""Code that is larger than the fields of an instruction."""
body = ''.join(f'  s += a[{i%3}] * {i}\n' for i in range(20000))
src = 'def f(a):\n s = 0\n for x in range(2):\n' + body + ' else:\n  s += 1\n return s\n'
g = {}
exec(src, g)
print(g['f']([1,2,3]))
src = 'def f(a):\n s = 0\n while s < 5:\n' + body + '  break\n return s\n'
exec(src, g)
print(g['f']([1,2,3]))
src = 'def f(a):\n try:\n  s = 0\n' + body + '  1/0\n except ZeroDivisionError:\n  return s\n'
exec(src, g)
print(g['f']([1,2,3]))
names = ', '.join(f'v{i}' for i in range(3000))
exec(f'def f():\n {names} = range(3000)\n return v2999, len(locals())\n', g)
print(g['f']())
exec('x = [' + ','.join(f'g[{i!r}]' if i % 2 else str(i) for i in range(5000)) + ']', {'g': list(range(5000))}, g); print(len(g['x']), sum(g['x']))
exec('def f(*a, **k): return len(a), len(k), sum(a)\nx = f(' + ','.join(str(i) for i in range(1000)) + ',' + ','.join(f'k{i}={i}' for i in range(700)) + ')', g); print(g['x'])
exec('y = {' + ','.join(f'{i}: [{i}]' for i in range(3000)) + '}', g); print(len(g['y']), list(g['y'])[:3])
exec('y = {' + ','.join(f'a+{i}' for i in range(3000)) + '}', {'a': 1}, g); print(len(g['y']))
exec('y = (' + ','.join(f'a+{i}' for i in range(3000)) + ')', {'a': 1}, g); print(len(g['y']), type(g['y']))
exec('y = f"' + ''.join(f'{{a}}{i}' for i in range(500)) + '"', {'a': 1}, g); print(len(g['y']))
print(eval('+'.join(['1']*2000)), eval(' or '.join(['0']*2000 + ['7'])), eval(' < '.join(map(str, range(500)))), eval('a' + ' < a' * 300, {'a': 1}))
