"""Objects with state in C, shared: random generators, hashes, compressors, struct, csv, json encoders."""
import csv
import hashlib
import io
import json
import random
import struct
import zlib
from _harness import check, hammer, THREADS

generator = random.Random(1)
digest = hashlib.sha256()
added = [0] * THREADS
packer = struct.Struct("<qd")
lines = io.StringIO()
writer = csv.writer(lines)
encoder = json.JSONEncoder(sort_keys=True)
compressor = [zlib.compressobj()]
checksum = hashlib.blake2b()


def randoms(index):
    for _ in range(50):
        check(0 <= generator.random() < 1 and 0 <= generator.getrandbits(100) < 2 ** 100)
        check(generator.randrange(10) in range(10))
    generator.seed(index)
    generator.setstate(generator.getstate())
    generator.shuffle(list(range(10)))


def hashes(index):
    for _ in range(20):
        digest.update(b"x" * 10)
        checksum.update(b"y" * 3000)
        added[index] += 1
    digest.copy().hexdigest(), checksum.hexdigest()


def compressing(index):
    one = compressor[0]
    try:
        one.compress(b"abc" * 1000)
        one.flush(zlib.Z_SYNC_FLUSH)
        one.copy()
        if index % 5 == 0:
            compressor[0] = zlib.compressobj()
            one.flush()
    except (zlib.error, ValueError):
        pass
    data = bytes([index]) * 5000
    check(zlib.decompress(zlib.compress(data)) == data)


def packing(index):
    check(packer.unpack(packer.pack(index, 0.5)) == (index, 0.5))
    value = {"b": [index, None, True], "a": "\N{EURO SIGN}"}
    check(json.loads(encoder.encode(value)) == value)
    writer.writerow([index, "a b", 'c"d'])
    check(list(csv.reader(["1,2", '"a,b",c'])) == [["1", "2"], ["a,b", "c"]])


hammer(randoms, hashes, compressing, packing)
check(digest.hexdigest() == hashlib.sha256(b"x" * 10 * sum(added)).hexdigest())
check(checksum.hexdigest() == hashlib.blake2b(b"y" * 3000 * sum(added)).hexdigest())
