# str: every method on texts of each storage width, formatting, and the messages of errors.
def run(tests):
    for t in tests:
        try: print(t,'->',ascii(eval(t)))
        except Exception as e: print(t,'->',type(e).__name__,ascii(str(e)))
run(["'a'[10]","'a'.find()","'a'.find(1)","'a'.find('a',1.5)","'a'.find('a',1,2,3)","'a'.startswith()","'a'.startswith(1)","'a'.startswith(('a',1))","'a'.startswith(('b',1))","'a'.startswith('a',1,2,3)","'a'.replace('a')","'a'.replace(1,'b')","'a'.replace('a','b',1.5)","'a'.split('')","'a'.split(1)","'a'.rsplit(1)","'a'.partition('')","'a'.partition(1)","'a'.strip(1)","'a'.lstrip(1,2)","'a'.center()","'a'.center('x')","'a'.center(5,'xx')","'a'.center(5,1)","'a'*1.5","'a'*(1<<70)","'a'*(1<<62)","'a'+1","1+'a'","1 in 'a'","'a'.join(1)","'a'.join([1])","'a'.encode(1)","'a'.encode('ascii',1)","str(1,'x')","str(b'a',1)","str('a','x')","str(1,2,3,4)","'a'.index('b')","'a'.rindex('b')","'a'.count(1)","'a'.index(1)","'a'.expandtabs('x')","'a'.zfill('x')","'a'.removeprefix(1)","'a'.splitlines('x')","'a'.splitlines(1.5)","'a'.translate(1)","str.maketrans(1)","str.maketrans('a','bc')","str.maketrans('a',1)","str.maketrans('a','b',1)","str.maketrans({'ab':1})","str.maketrans({1.5:1})","'a'.translate({97:'xx',})","'a'.translate({97:-1})","'a'.translate({97:1.5})","'a'.translate({97:0x110000})","'a'.format_map()","'a'.__format__(1)","'a'.upper(1)","'a'.__getnewargs__()","iter('abc').__reduce__()","'{}'.format()","'{a}'.format()","'{0'.format()","'}'.format()","'{'.format()","'{0}{}'.format(1)","'{}{0}'.format(1)","'{!x}'.format(1)","'{!}'.format(1)","'{0.}'.format(1)","'{0[}'.format(1)","'{0[a}'.format(1)","'{0[]}'.format(1)","'{0[0]x}'.format([1])","'{:{:{}}}'.format(1,2,3)","'{0!rx}'.format(1)","'{!r'.format(1)","'{99999999999999999999}'.format(1)","'a'.encode(errors='x',foo=1)","'a'<1","str(object=1,foo=2)","str.join()","str.join(1)","''.isidentifier(1)","'a'.count()","'a'.endswith(b'a')", "'%d' % 'a'","'%(a)s' % 1","'%(a)s' % {}","'%s %s' % 1","'%s' % (1,2)","'%' % 1","'%z' % 1","'%c' % 'ab'","'%c' % -1","'%c' % 1.5","'%*d' % ('a',1)","'%.*d' % ('a',1)","'%x' % 1.5","'%f' % 'a'","'%(a' % {}","'%99999999999999999999d' % 1","'%.99999999999999999999d' % 1","'a' % 1", "'%i' % 'x'","'%X' % 'x'","'%x' % 1j","'%c' % 0x110000","'%c' % None","'%s' % ()", "'%\u1234' % 1"])
run(["f'{1:,,d}'","f'{1:5xx}'","f'{1.5:5xx}'","f'{\"a\":5xx}'","f'{1:_,}'","f'{1:,_}'","f'{1:,x}'","f'{1:\u1234}'","f'{65:=5c}'","f'{65:05c}'","f'{1:.}'","f'{1j:=5}'","f'{1j:05}'","f'{True:s}'","f'{True:5}'","f'{1:,n}'","f'{1.5:,n}'","f'{1.5:,s}'", "f'{1:٣}'", "f'{10**400:e}'","f'{1:c}'","f'{-1:c}'","f'{10**30:c}'","f'{1: c}'","f'{1:.3c}'","f'{1:zd}'","f'{1:99999999999999999999}'","f'{1.5:.99999999999}'","f'{float(\"inf\"):010}'","f'{1.5+2j:=10}'", "f'{1234:012,}'","f'{1234:011,}'","f'{0:,}'", "f'{1j:%}'"])
run(["'%(a)s' % int", "'%s' % int","'a' % int","'a' % [1]","'%c' % 10**30","'%c'%(10**30,)","'%5%'%()", "'%-05d|' % 3","'%#5x|' % 3","'%#05x|' % 3","'%+.3d' % 3", "'%.0f' % 2.5", "'%#.3x' % 3", "'%d' % True","'%d' % 3.7","'%d' % float('inf')","'%(a)s %s' % {'a':1}","'%s %(a)s' % {'a':1}","'%.3s|%5.1s|' % ('abcd','xyz')", "'%05s'%'a'", "'%05c'%'a'", "'%#x' % -3", "'%+x' % 3","'%#+8x|' % 3", "'%d' % 1j", "'%x' % 'a'"])
run(["'{0!'.format(1)","'{0!r'.format(1)","'{!r'.format(1)","'{0!}'.format(1)","'{:'.format(1)","'{:{'.format(1)","'{a{b}'.format(1)","'{}'.format_map({'a':1})","'{0}'.format_map({})","'{0'.format_map({})","'{0.}'.format(1)","'{[}'.format(1)","'{a[b}'.format(a=1)","'{a[b]'.format(a={'b':1})","'{-1}'.format(1)","'{:{}}'.format(3,5)","'{!\u1234}'.format(1)","'{a!r:}'.format(a=1)","'{:{{}}}'.format(1)","'{0[{]}'.format({'{':1})","'{0[:]}'.format({':':1})","'{0[a]b}'.format({'a':1})","'{0.real}{1[0]}{x.imag}'.format(3,[4],x=5)","'{:>{w}.{p}f}'.format(3.14159,w=10,p=2)","'{!s:>5}{!r:^7}{!a}'.format('a','b','\xe9')"])
texts = ['', 'a', 'abc', 'Hello World', '  x  y ', 'a\tb\tc', 'l1\nl2\r\nl3\rl4', '\xe9t\xe9', '\u0130\u0131 ß ΑΣ Σ', 'ŉ ǰ ΐ', '\U0001f600 x', 'aaa', 'ab' * 50, '12', '½', '٣', '²', 'Ǆ', 'ǆ', 'A1b', '\x1c', '\u2028x', '\ud800', 'x' * 20 + '\u1234', "it's", 'a"b', 'a"b\'c', '\\\n\x00\x7f\xa0\xad\u200b']
meths = ['upper','lower','title','capitalize','swapcase','casefold','isascii','islower','isupper','istitle','isspace','isdecimal','isdigit','isnumeric','isalpha','isalnum','isidentifier','isprintable','strip','lstrip','rstrip','split','rsplit','splitlines','expandtabs','__repr__','__len__','__sizeof__','__str__']
for t in texts:
    for m in meths:
        print(ascii(t), m, ascii(getattr(t, m)()))
    for a in ['', 'a', 'b', 'ab', 'l', '\xe9', '\u1234', 'aba', ' ', 'babababababa', '\n', 'xxxxxxxxxxx\u1234']:
        r = [ascii(t), ascii(a), t.find(a), t.rfind(a), t.count(a), t.startswith(a), t.endswith(a), a in t, t.replace(a, 'Z'), t.replace(a, '\u1234', 1), t.replace(a, ''), t.replace(a,'Q',2), t.strip(a), t.lstrip(a), t.rstrip(a), t.removeprefix(a), t.removesuffix(a), t < a, t == a, t + a, t.join([a, a, 'x']), t.find(a, 1), t.find(a, -2, 100), t.rfind(a, 1, -1), t.count(a, 1, 3), t.find(a, 50), t.count(a,50)]
        if a: r += [t.split(a), t.rsplit(a), t.split(a, 1), t.rsplit(a, 1), t.partition(a), t.rpartition(a)]
        print(ascii(r))
    print(ascii([t[::2], t[::-1], t[1:], t[:-1], t[5:2:-1], t * 3, t * 0, t.center(9, '*'), t.ljust(9, '\u1234'), t.rjust(12), t.zfill(8), t.split(None, 1), t.rsplit(None, 1), t.splitlines(True), t.expandtabs(3), t.translate({97: None, 98: 'BB', 99: 0x1f600}), list(t), t.expandtabs(0)]))
print('-5'.zfill(5), '+'.zfill(3), ''.zfill(2))
# numbers
for spec in ['', 'd', '5', '<5', '>5', '^5', '=5', '05', '+', ' ', '-', '#x', '#X', '#b', '#o', 'x', 'X', 'b', 'o', 'c', ',', '_', '_x', '08,', '010_b', '*^15,d', 'e', '.3e', 'f', '.0f', '#.0f', 'g', '.3g', '%', '.1%', 'n', 'E', 'G', 'F', '+08.2f', '\u1234>10', '010,.2f', 'z.1f', '#g', '.10', '5.3', '<+10,', '020_x']:
    for v in [0, 1, -1, 65, 1234567, -1234567, 10**30, True, 0.0, -0.0, 1.5, -2.75, 1e10, 1e-10, 123456789.123, float('inf'), float('nan'), -float('inf'), 0.1, 1e300, 'abc', '\u1234', 1j, 1+2j, -0.5-1e20j, complex('nan')]:
        try: r = ascii(format(v, spec))
        except Exception as e: r = type(e).__name__ + ' ' + ascii(str(e))
        print(spec.encode('unicode_escape') if 0 else ascii(spec), v, r)
for f in ['%d','%5d','%-5d|','%05d','%+d','% d','%x','%#x','%X','%#X','%o','%#o','%e','%.3e','%f','%.0f','%#.0f','%g','%.3g','%s','%r','%a','%5s','%-5s|','%.2s','%c','%i','%u','%+05d','%-+5d|','%#08x','%.5d','%8.3d','%08.3d','%+ d','%G','%E','%F','%ld','%hd']:
    for v in [0,1,-1,65,1234567,-255,10**30,-10**30,True,0.0,-0.0,1.5,-2.75,1e10,float('inf'),float('nan'),'a','abc','\u1234',None,[1],1j]:
        try: r = ascii(f % (v,))
        except Exception as e: r = type(e).__name__ + ' ' + ascii(str(e))
        print(f, ascii(v), r)
class S(str): pass
class T(str):
    def __str__(self): return 'T!'
s = S('abc'); s.x = 1
print(s, s.x, type(s.upper()), type(s[:]), type(str(s)), type(s + ''), type(''.join([s])), s == 'abc', hash(s) == hash('abc'), repr(s), type(s.strip()), type(s.replace('z','')), type(s.ljust(1)),type(s*1), type(s.center(1)), type(s.zfill(1)), type(s.expandtabs()),type(s.translate({})),type(s.removeprefix('z')),type(s.format()),type(s%()),type(s.partition('z')[0]),type(s.split('z')[0]))
print('%s' % T('x'), '{}'.format(T('x')), f'{T("x")}', format(T('x'), ''), str(T('x')), T('x'))
it = iter('abc'); next(it); print(it.__length_hint__(), list(it), list(it), it.__length_hint__()); it = iter('abc'); it.__setstate__(2); print(list(it))
