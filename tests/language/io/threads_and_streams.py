# Streams that several threads use at once lose and tear nothing. (CPython 3.11 itself tears text here.)
# krait-only
import io
import os
import tempfile
import threading

path = tempfile.mktemp()


def run(worker, count=4):
    threads = [threading.Thread(target=worker, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


with open(path, "w") as file:
    def write(worker):
        for i in range(2000):
            file.write("%d:%d\n" % (worker, i))
    run(write)
lines = open(path).read().splitlines()
print(len(lines), len(set(lines)), all(line.count(":") == 1 for line in lines))

with open(path, "rb") as file:
    taken = []
    def read(worker):
        while line := file.readline():
            taken.append(line)
    run(read)
print(sorted(taken) == sorted(line.encode() + b"\n" for line in lines))

memory, text = io.BytesIO(), io.StringIO()
def fill(worker):
    for i in range(2000):
        memory.write(b"%d;" % worker)
        text.write("%d;" % worker)
run(fill)
print(len(memory.getvalue()), len(text.getvalue()), sorted(set(text.getvalue().split(";"))))
os.unlink(path)
