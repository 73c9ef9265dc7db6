# Codecs: every native one with every error handler, on good and bad input.
import warnings
import _codecs
warnings.simplefilter('ignore')
c = _codecs
def run(label, f, *a):
    try: r = ascii(f(*a))
    except UnicodeError as e: r = type(e).__name__ + ascii((e.encoding, e.object, e.start, e.end, e.reason))
    except Exception as e: r = type(e).__name__ + ' ' + ascii(str(e))
    print(label, r)
texts = ['', 'abc', '\xe9t\xe9', '\u1234x', '\U0001f600', 'a\ud800b', '\ud800\udc00\ud801', '\udc80\udcff', 'a\udc80\ud800', '\x00\x7f\x80\xff\u0100', '\\n\n\t\r', 'a+b~', "'"]
errs = [None, 'strict', 'ignore', 'replace', 'backslashreplace', 'xmlcharrefreplace', 'namereplace', 'surrogateescape', 'surrogatepass', 'nope']
encs = ['utf_8','utf_7','utf_16','utf_16_le','utf_16_be','utf_32','utf_32_le','utf_32_be','ascii','latin_1','unicode_escape','raw_unicode_escape','charmap']
for t in texts:
    for e in errs:
        for n in encs:
            run((ascii(t), e, n), getattr(c, n + '_encode'), t, e)
for t in texts:
  for e in errs:
    for n in ['utf-8','utf8','UTF_8','ascii','latin-1','utf-16','utf-32','iso-8859-1']:
        if e is None: run((ascii(t), n), t.encode, n)
        else: run((ascii(t), e, n), t.encode, n, e)
datas = [b'', b'abc', b'\xc3\xa9', b'\xc3', b'\xe1\x88\xb4', b'\xe1\x88', b'\xe1x', b'\xf0\x9f\x98\x80', b'\xf0\x9f', b'\xed\xa0\x80', b'\xed\xb2\x80x', b'\xff\xfe', b'\xfe\xffab', b'\xff\xfea\x00', b'\xff\xfe\x00\x00a\x00\x00\x00', b'a\x00\x00\xd8b\x00', b'\x00\xdca', b'\x80\x81x\xff', b'+', b'+-', b'+AGE-', b'+2AA-', b'+ABC', b'\\x', b'\\xe', b'\\xe9', b'\\u12', b'\\u1234', b'\\U00110000', b'\\N{SPACE}', b'\\N{NOPE}', b'\\N{', b'\\N', b'\\', b'\\7\\18\\400', b'a\\\nb', b'\\q\\d', b'\\t\\n\\"', b'\x00\x00\x00', b'\x00\x00\x11\x00', b'\x00\x11\x00\x00', b'\xf4\x90\x80\x80', b'\xc0\x80', b'\xe0\x80\x80abc\xe9\xff', b'caf\xe9 \xe9\xa9z']
for d in datas:
    for e in errs:
        for n in encs:
            f = getattr(c, n + '_decode')
            if n in ('unicode_escape', ) and b'q' in d: continue
            run((d, e, n), f, d, e)
            if n.startswith('utf'): run((d, e, n, 'final'), f, d, e, True)
            if n.endswith('escape'): run((d, e, n, 'notfinal'), f, d, e, False)
        for n in ['utf-8','ascii','latin-1','utf-16','utf-32']:
            run((d, e, n, 'd'), d.decode, n, e or 'strict')
        run((d, e, 'esc'), c.escape_decode, d, e) if b'q' not in d else 0
    run((d, 'x16'), c.utf_16_ex_decode, d, None, 0, True); run((d, 'x32'), c.utf_32_ex_decode, d, None, 0, False)
    run((d, 'ee'), c.escape_encode, d)
    run((d, 'cm'), c.charmap_decode, d, 'strict', 'abc\ufffe\u1234' + ''.join(map(chr, range(5, 250))))
    run((d, 'cm'), c.charmap_decode, d, 'replace', {97: 'xyz', 98: None, 99: 0x1234, 0: 5})
    run((d, 'cm'), c.charmap_decode, d, 'ignore', {97: 1.5})
m = c.charmap_build(''.join(map(chr, range(0, 128))) + ''.join(map(chr, range(0x400, 0x480))))
print(type(m).__name__)
for t in texts + ['\u0400abc\u047f', '\xe9\u0480']:
    for e in errs:
        run((ascii(t), e, 'cme'), c.charmap_encode, t, e, m)
        run((ascii(t), e, 'cmd'), c.charmap_encode, t, e, {97: 65, 98: b'BB', 99: None, 63: 33})
def h(e):
    if isinstance(e, UnicodeEncodeError): return ('<%d>' % (e.end - e.start), e.end)
    return ('[%s]' % e.object[e.start:e.end].hex(), e.end)
c.register_error('mine', h)
c.register_error('bytesy', lambda e: (b'\xff\xfe', e.end) if isinstance(e, UnicodeEncodeError) else ('?', e.end))
c.register_error('bad', lambda e: 42)
c.register_error('bad2', lambda e: ('x', 1000))
c.register_error('nonascii', lambda e: ('\u1234', e.end))
def repl(e):
    e.object = b'xyz'; return ('R', 0)
c.register_error('repl', repl)
for e in ['mine', 'bytesy', 'bad', 'bad2', 'nonascii']:
    for t in texts:
        for n in encs: run((ascii(t), e, n), getattr(c, n + '_encode'), t, e)
    for d in datas:
        for n in encs:
            run((d, e, n), getattr(c, n + '_decode'), d, e)
run('repl', c.ascii_decode, b'a\xff', 'repl'); run('repl', c.utf_8_decode, b'a\xff', 'repl')
for n in ['strict','ignore','replace','backslashreplace','xmlcharrefreplace','namereplace','surrogateescape','surrogatepass']:
    f = c.lookup_error(n)
    for x in [UnicodeEncodeError('utf-8', 'a\udc80\ud800b', 1, 3, 'r'), UnicodeEncodeError('utf-8', 'a\udc80\ud800b', 1, 2, 'r'), UnicodeDecodeError('utf-8', b'a\x80\xed\xa0\x80', 1, 2, 'r'), UnicodeDecodeError('utf-8', b'a\x80\xed\xa0\x80', 2, 3, 'r'), UnicodeTranslateError('a\u1234b', 1, 2, 'r'), ValueError('x'), UnicodeEncodeError('ascii', 'ab', 5, 9, 'r')]:
        run((n, repr(x)), f, x)
    try: f(5)
    except Exception as e: print(type(e), e)
for e in ["c.lookup_error('zz')", "c.register_error('x', 5)", "c.register(5)", "c.utf_8_decode('x')", "c.utf_8_encode(b'x')", "c.utf_8_decode(b'x', 5)", "c.charmap_build(5)", "c.readbuffer_encode('x\xe9')", "c.escape_encode('x')","c.unicode_escape_decode('\\\\xe9')","'a'.encode('a\\0b')"]:
    try: print(e, ascii(eval(e)))
    except Exception as x: print(e, type(x).__name__, x)
