# options: -X dev
# compare: stdout
"""Streams that nobody closes: the outermost one writes out what it holds and closes those below, each warns once."""
import gc
import io
import os
import tempfile
import warnings

path = os.path.join(tempfile.mkdtemp(), "file")
seen = []
warnings.showwarning = lambda message, *rest: seen.append(str(message))
warnings.simplefilter("always")


def show(title):
    gc.collect()
    gc.collect()
    print(title, *(message.replace(path, "FILE") for message in sorted(seen)), sep="\n  ")
    seen.clear()
    with open(path) as file:
        print(repr(file.read()))


def text():
    open(path, "w").write("text")


def binary():
    open(path, "wb").write(b"binary")


def raw():
    io.FileIO(path, "w").write(b"raw")


def several():
    for _ in range(20):
        open(path, "w").write("several")
        open(path, "rb").read(3)


def detached():
    file = open(path, "w")
    file.write("detached")
    buffered = file.detach()
    file = None
    buffered.write(b" once")
    buffered.detach().write(b", twice")


def again():
    first, second = io.FileIO(os.devnull, "w"), io.FileIO(path, "w")
    file = io.BufferedWriter(first)
    file.__init__(second)
    file.write(b"again")


for function in (text, binary, raw, several, detached, again):
    function()
    show(function.__name__)
os.unlink(path)
os.rmdir(os.path.dirname(path))
