"""One file written by all threads, one read by all: lines stay whole, each is read once."""
import os
import tempfile
from _harness import check, hammer, SECONDS, THREADS

folder = tempfile.mkdtemp()
path = os.path.join(folder, "lines")
written = [0] * THREADS
with open(path, "wb") as binary:
    def write(index):
        for _ in range(20):
            binary.write(b"%d %d %s\n" % (index, written[index], b"x" * (written[index] % 50)))
            written[index] += 1
        if index == 0:
            binary.flush()
            binary.tell()

    hammer(write, seconds=SECONDS / 3)

seen = [[] for _ in range(THREADS)]
with open(path, "rb") as binary:
    def read(index):
        for size in range(100, 200):
            seen[index].append(binary.read(size))

    hammer(read, seconds=SECONDS / 3)
    seen.append([binary.read()])
with open(path, "rb") as binary:
    content = binary.read()
lines = [line.split() for line in content.splitlines()]
check(len(lines) == sum(written), len(lines), sum(written))
check({(int(line[0]), int(line[1])) for line in lines} ==
      {(index, number) for index in range(THREADS) for number in range(written[index])})
check(sum(map(len, (part for own in seen for part in own))) == len(content))
check(all(part in content for own in seen for part in own[:100]))

with open(path, "w+") as text:
    def mixed(index):
        for step in range(10):
            text.write(f"{index} line\n")
            try:
                if step == index:
                    text.seek(0)
                    text.readline()
                    text.seek(0, 2)
            except (OSError, ValueError):
                pass
        text.flush()

    hammer(mixed, seconds=SECONDS / 3)
os.remove(path)
os.rmdir(folder)
