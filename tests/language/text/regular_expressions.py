# The regular expression engine: operators of every kind on texts of every width, as str and as bytes.
import re
import warnings
warnings.simplefilter("ignore")

extra = [r'(a+)+b', r'(?:a|ab)(?:c|bcd)(d*)', r'(?>a+)b', r'a++b', r'(?:ab)++c', r'(?:ab){2,3}+c', r'(?=(a+))a*b\1', r'(?<=abc)def', r'(?<!abc)def', r'(\w+)\s+\1', r'(?P<x>a)(?P<y>b)?', r'(a)?(?(1)b|c)', r'(?:(a)|b)*', r'(a*)*', r'(a*?)*?b', r'(?:a?)*?c', r'(?:a?)*c', r'\b\w', r'\B\w', r'^.', r'.$', r'[^a-c]+', r'[\w\s]+', r'\d+(?:\.\d*)?', r'[\u0400-\u04ff]+', r'[\U00010000-\U0001ffff]', r'x*', r'', r'|a', r'(|a)+', r'(a|b|c|d)+?e', r'((a)(b)?)+', r'(?:(a)(b)?)+', r'(?i:ä)Ö', r'(?i)ſ', r'(?s:.)x', r'(?m)^\w+$', r'(?a)\w+', r'(?:a{0})*+b',r'(?:a{2}){3}', r'(.*?)(\d+)(.*)', r'(?!foo)\w+', r'(?:x(?!y))+', r'(?<=(a))b', r'((?=a)a|b)*', r'(?:(?:a|b)*?c)*d', r'(?>(a)|b)+c',r'(?:(?>a*)b)+', r'"(?:[^"\\]|\\.)*"', r'(?x) a b # c', r'\Aabc\Z', r'(a)(?:(b)|c)*?d',r'(?:a|b)++c',r'(?:a|ab)++c',r'a?+a',r'[ab]?+b',r'(?:(\w)\1)+']
strs = ['', 'a', 'b', 'ab', 'aaab', 'abcd', 'abcdef', 'xdef', 'aab aab', 'foo foo bar', 'ac', 'c', 'abab', 'aaa', 'hello world\nfoo\n', '12.5 7', 'привет', '\U00010400x', 'abababc', 'ababe', 'ab\xe4\xf6\xc4\xd6', 's\u017fS', '"a\\"b" "c', 'aabbaacd', 'abc', 'xyxz', 'x'*9 + 'y', 'aa' * 5]

def allres(p, s):
    r = []
    for f in ('match', 'fullmatch', 'search'):
        m = getattr(p, f)(s)
        r.append(m and (m.regs, m.lastindex, m.groups(), m.group(), m.groupdict()))
    r.append(p.findall(s)); r.append([m.span() for m in p.finditer(s)]); r.append(p.split(s)); r.append(p.split(s, 1))
    r.append(p.subn(s[:0] + (b'<>' if isinstance(s, bytes) else '<>'), s)); r.append(p.sub(lambda m: m.group()[::-1], s, 2))
    for a, b in ((1, 4), (2, 100), (0, 2)):
        m = p.search(s, a, b); r.append(m and (m.regs, m.pos, m.endpos))
        m = p.match(s, a, b); r.append(m and m.regs)
    return r

for pattern in extra:
    for flags in (0, re.I, re.M | re.S, re.A, re.I | re.A):
        try: p = re.compile(pattern, flags)
        except re.error as e: print(ascii(pattern), flags, e); continue
        for s in strs + [x + '\u1234' for x in strs[:12]] + ['\U00012345' + x for x in strs[:12]]:
            print(ascii(pattern), flags, ascii(s), ascii(allres(p, s)))
    try: p = re.compile(pattern.encode('latin-1'))
    except (UnicodeEncodeError, re.error): continue
    for s in strs:
        if s.isascii(): print(pattern, s, allres(p, s.encode()), p.findall(bytearray(s.encode())))
m = re.match(r'(?P<first>\w+) (?P<last>\w+)?', 'Ada ')
print(m, m.group('first', 'last', 0), m['first'], m.groupdict('?'), m.lastgroup, m.lastindex, m.expand(r'\1-\g<first>-\g<0>'), m.pos, m.endpos, m.re, m.string)
print(re.sub(r'(a)|(b)', r'[\1\2]', 'abc'), re.sub('x*', '-', 'abxd'), re.sub(r'(\w+)', lambda m: m.group().upper(), 'a bc'), re.subn('b', 'x', 'abab', 1))
print(re.compile('a') == re.compile('a'), hash(re.compile('a')) == hash(re.compile('a')), re.compile('a') == re.compile('a', re.I), re.compile(b'a', re.I | re.M), re.compile('a' * 300))
for f in (lambda: re.compile('a').match(1), lambda: re.compile('a').match(b'a'), lambda: re.compile(b'a').match('a'), lambda: m.group(7), lambda: m.group('x'), lambda: m.start(9), lambda: re.sub('a', '\\2', 'a'), lambda: re.compile('a').sub(1, 'a'), lambda: re.compile('a').match('a', 1, 2, 3)):
    try: print(f())
    except Exception as e: print(type(e).__name__, e)
# Deep and long: no recursion limit, no quadratic behaviour in these.
print(len(re.match(r'(?:a|b)*', 'ab' * 200000).group()), re.match(r'(?:(?:(a)|b)*?c)?', 'ab' * 50000), re.search(r'\d', 'x' * 1000000))
