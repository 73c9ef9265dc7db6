# compare: stdout
# The codecs of East Asia: tables as digests, what is illegal or incomplete, pieces, streams and states.
import codecs
import hashlib
import io

NAMES = """gb2312 gbk gb18030 hz big5hkscs cp932 shift_jis euc_jp shift_jis_2004 euc_jis_2004 euc_kr cp949 johab big5 cp950
iso2022_jp iso2022_jp_1 iso2022_jp_2 iso2022_jp_2004 iso2022_jp_ext iso2022_kr""".split()
TEXT = "ab\u3042\u30a2\u4e16\u754c\uff71\xe9 \uac00\ub620\u7a0b\u5e8f~\n\u03b1\u0416\u00a5\u2500!"


def outcome(function, *arguments):
    try:
        return function(*arguments)
    except UnicodeError as error:
        return type(error).__name__, str(error)


def table_digest(name):
    digest = hashlib.sha256()
    for number in list(range(0x80, 0x3400)) + list(range(0x4E00, 0x9FA6, 3)) + list(range(0xAC00, 0xD7A4, 7)) + list(range(0xF900, 0x10000)):
        digest.update(repr(chr(number).encode(name, "replace")).encode())
    for lead in range(0x80, 0x100, 3):
        for trail in range(0x20, 0x100):
            digest.update(ascii(bytes([lead, trail]).decode(name, "replace")).encode())
    return digest.hexdigest()[:16]


for name in NAMES:
    print(name, table_digest(name))
    for errors in ("strict", "ignore", "replace", "xmlcharrefreplace", "backslashreplace"):
        print(" ", errors, outcome(TEXT.encode, name, errors))
    encoded = TEXT.encode(name, "ignore")
    print("  back", ascii(encoded.decode(name)))
    faulty = encoded[:9] + b"\xff\x80" + encoded[9:] + b"\x81"
    for errors in ("strict", "ignore", "replace", "backslashreplace", "surrogateescape"):
        print(" ", errors, ascii(outcome(faulty.decode, name, errors)))
    decoder = codecs.getincrementaldecoder(name)()
    print("  pieces", [(ascii(decoder.decode(encoded[at : at + 1])), decoder.getstate()) for at in range(len(encoded))])
    print("  end", outcome(decoder.decode, b"", True))
    encoder = codecs.getincrementalencoder(name)("ignore")
    print("  pieces", [(encoder.encode(character), encoder.getstate()) for character in TEXT])
    print("  end", encoder.encode("", True))
    reader = codecs.getreader(name)(io.BytesIO(encoded))
    print("  reader", ascii([reader.readline(), reader.read(1), reader.readlines(), reader.read()]))
    stream = io.BytesIO()
    writer = codecs.getwriter(name)(stream, "replace")
    writer.writelines([TEXT[:5], TEXT[5:]])
    writer.reset()
    print("  writer", stream.getvalue())
    with io.TextIOWrapper(io.BytesIO(encoded), name) as file:
        print("  file", ascii(file.readlines()))

# A character may combine with the next one.
encoder = codecs.getincrementalencoder("euc_jis_2004")()
print(encoder.encode("\xe6"), encoder.getstate(), encoder.encode("\u0300"), encoder.encode("\xe6"), encoder.encode("", True))
# Replacements are encoded, too; handlers may answer with bytes and with other places.
codecs.register_error("test.bytes", lambda error: (b"<>", error.end))
codecs.register_error("test.skip", lambda error: ("\u3042", error.end + 1))
print("\u3042\uac00b\u3042".encode("iso2022_jp", "test.bytes"), "\u3042\uac00b\u3042".encode("iso2022_jp", "test.skip"))
print(outcome("\uac00".encode, "shift_jis", "namereplace"))

import _codecs_jp
import _multibytecodec

for attempt in (
    lambda: _codecs_jp.getcodec("gbk"),
    lambda: _codecs_jp.getcodec(1),
    lambda: _multibytecodec.MultibyteIncrementalEncoder(),
    lambda: type("C", (_multibytecodec.MultibyteIncrementalEncoder,), {"codec": 1})(),
    lambda: codecs.getincrementalencoder("gbk")().setstate("x"),
    lambda: codecs.getincrementaldecoder("gbk")().setstate((b"123456789", 0)),
    lambda: codecs.getincrementaldecoder("gbk")().setstate(1),
    lambda: setattr(codecs.getincrementaldecoder("gbk")(), "errors", 1),
    lambda: codecs.getdecoder("gbk")("text"),
):
    try:
        attempt()
    except Exception as error:
        print(type(error).__name__, error)
