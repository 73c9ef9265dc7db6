# bz2 and lzma: whole, piece by piece, limits, errors.
import bz2
import io
import lzma
import pickle

text = b"".join(b"line %d of the text\n" % i for i in range(5000))


def attempt(function, *arguments, **keywords):
    try:
        print(function(*arguments, **keywords))
    except Exception as error:
        print(type(error).__name__, error)


packed = bz2.compress(text)
print(len(packed), bz2.decompress(packed) == text, bz2.decompress(packed + packed) == text * 2)
decompressor = bz2.BZ2Decompressor()
parts = [decompressor.decompress(packed[:100], max_length=50)]
print(len(parts[0]), decompressor.needs_input, decompressor.eof)
data = packed[100:] + b"rest"
while not decompressor.eof:
    parts.append(decompressor.decompress(data, max_length=30_000))
    data = b""
print([len(part) for part in parts], b"".join(parts) == text, decompressor.unused_data, decompressor.needs_input)
attempt(decompressor.decompress, b"more")
compressor = bz2.BZ2Compressor(1)
pieces = compressor.compress(text[:1000]) + compressor.compress(text[1000:]) + compressor.flush()
print(bz2.decompress(pieces) == text)
attempt(compressor.compress, b"x")
attempt(compressor.flush)
attempt(bz2.BZ2Compressor, 10)
attempt(bz2.decompress, b"no bzip2 at all")
attempt(bz2.decompress, packed[:-10])
attempt(bz2.BZ2Decompressor().decompress, "text")
attempt(pickle.dumps, bz2.BZ2Compressor())
with bz2.open(io.BytesIO(packed), "rt") as file:
    print(file.readline(), sum(1 for _ in file))

for options in ({}, {"format": lzma.FORMAT_ALONE}, {"preset": 1}, {"check": lzma.CHECK_CRC32},
                {"filters": [{"id": lzma.FILTER_DELTA, "dist": 4}, {"id": lzma.FILTER_LZMA2, "preset": 7}]}):
    packed = lzma.compress(text, **options)
    print(len(packed), lzma.decompress(packed) == text)
raw = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 16, "lc": 2}]
packed = lzma.compress(text, format=lzma.FORMAT_RAW, filters=raw)
print(len(packed), lzma.decompress(packed, format=lzma.FORMAT_RAW, filters=raw) == text)
packed = lzma.compress(text)
decompressor = lzma.LZMADecompressor()
print(decompressor.check == lzma.CHECK_UNKNOWN, len(decompressor.decompress(packed[:200], max_length=10)),
      decompressor.check == lzma.CHECK_CRC64, decompressor.needs_input)
parts, data = [], packed[200:] + b"rest"
while not decompressor.eof:
    parts.append(decompressor.decompress(data, max_length=40_000))
    data = b""
print([len(part) for part in parts], decompressor.unused_data)
attempt(decompressor.decompress, b"")
attempt(lzma.decompress, b"not at all")
attempt(lzma.decompress, packed[:-4])
attempt(lzma.LZMADecompressor(memlimit=100).decompress, packed)
attempt(lzma.LZMACompressor, format=7)
attempt(lzma.LZMACompressor, preset=3, filters=raw)
attempt(lzma.LZMACompressor, format=lzma.FORMAT_RAW)
attempt(lzma.LZMACompressor, format=lzma.FORMAT_ALONE, check=lzma.CHECK_CRC64)
attempt(lzma.LZMACompressor, preset=99)
attempt(lzma.LZMACompressor, filters=[{"dict_size": 4}])
attempt(lzma.LZMACompressor, filters=[{"id": lzma.FILTER_LZMA2, "colour": 4}])
attempt(lzma.LZMACompressor, filters=[{"id": 9999}])
attempt(lzma.LZMACompressor, filters=5 * raw)
attempt(lzma.LZMADecompressor, format=lzma.FORMAT_RAW)
attempt(lzma.LZMADecompressor, filters=raw)
print(lzma._encode_filter_properties(raw[0]), lzma._decode_filter_properties(lzma.FILTER_LZMA2, b"\x10"))
print(lzma.is_check_supported(lzma.CHECK_SHA256), lzma.is_check_supported(lzma.CHECK_ID_MAX))
with lzma.open(io.BytesIO(packed)) as file:
    file.seek(-20, 2)
    print(file.read())
