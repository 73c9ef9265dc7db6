"""Writes the file of frozen modules: those that every start needs, compiled, for runtime/module/frozen.c to map.

    krait -I -S -B vm/freeze.py OUTPUT

The build runs it with the Krait that it has just linked. The list is CPython's,
which programs can ask for, as far as Debian has the sources. Layout, all numbers of 64 bits in
the machine's order: magic, build (20 bytes, padded to 24), number of modules; a record for each module; names; marshalled code,
at multiples of eight.
"""

import _imp
import marshal
import os
import struct
import sys

MAGIC = b"KRAITFRZ"
PACKAGE, ESSENTIAL, SOURCELESS = 1, 2, 4

# Name, name of the source if it is another one ("<" before it: the module is the package's __init__), flags.
MODULES = [
    ("_frozen_importlib", "importlib._bootstrap", ESSENTIAL),
    ("_frozen_importlib_external", "importlib._bootstrap_external", ESSENTIAL),
    ("zipimport", None, ESSENTIAL),
    ("abc", None, 0),
    ("codecs", None, 0),
    ("io", None, 0),
    ("_collections_abc", None, 0),
    ("_sitebuiltins", None, 0),
    ("genericpath", None, 0),
    ("ntpath", None, 0),
    ("posixpath", None, 0),
    ("os.path", "posixpath", 0),
    ("os", None, 0),
    ("site", None, 0),
    ("stat", None, 0),
    ("importlib.util", None, 0),
    ("importlib.machinery", None, 0),
    ("runpy", None, 0),
    ("__hello__", None, 0),
    ("__hello_alias__", "__hello__", 0),
    ("__phello_alias__", "__hello__", PACKAGE),
    ("__phello_alias__.spam", "__hello__", 0),
    ("__phello__", None, PACKAGE),
    ("__phello__.__init__", "<__phello__", 0),
    ("__phello__.spam", None, 0),
    ("__phello__.ham", None, PACKAGE),
    ("__phello__.ham.__init__", "<__phello__.ham", 0),
    ("__phello__.ham.eggs", None, 0),
    ("__hello_only__", "", 0),
]

# Modules for tests of frozen modules that may be there without a source: Debian leaves these out.
OWN_SOURCES = {
    "__phello__.ham": "",
    "__phello__.ham.eggs": "",
    "": "initialized = True\nprint('Hello world!')\n",
}


def find_source(origin):
    """The path of a module's source below the standard library."""
    relative = origin.lstrip("<").replace(".", "/")
    package = relative + "/__init__.py"
    return package if os.path.exists(f"{sys._stdlib_dir}/{package}") else relative + ".py"


def aligned(data):
    return data + bytes(-len(data) % 8)


def freeze():
    records, heap = [], b""
    start = len(MAGIC) + 24 + 8 + 64 * len(MODULES)
    compiled = {}  # source -> where its code stands, and its length

    def add(data):
        nonlocal heap
        at = start + len(heap)
        heap += aligned(data)
        return at

    for name, origin, flags in MODULES:
        origin = name if origin is None else origin
        module = origin.lstrip("<")
        source = find_source(origin)
        full = f"{sys._stdlib_dir}/{source}"
        modified = size = 0
        if module in OWN_SOURCES and not os.path.exists(full):
            flags |= SOURCELESS
        else:
            status = os.stat(full)
            modified, size = status.st_mtime_ns, status.st_size
        if source not in compiled:
            if flags & SOURCELESS:
                text = OWN_SOURCES[module]
            else:
                with open(full, "rb") as file:
                    text = file.read()
            code = compile(text, f"<frozen {module or name}>", "exec", dont_inherit=True, optimize=0)
            data = marshal.dumps(code)
            compiled[source] = add(data), len(data)
        texts = [add(text.encode() + b"\0") for text in (name, origin, source)]
        records.append(struct.pack("=8q", *texts, flags, modified, size, *compiled[source]))
    return MAGIC + _imp.build_id.ljust(24, b"\0") + struct.pack("=q", len(MODULES)) + b"".join(records) + heap


def main(output):
    temporary = f"{output}.new"  # a running Krait may have mapped the former one
    with open(temporary, "wb") as file:
        file.write(freeze())
    os.replace(temporary, output)


if __name__ == "__main__":
    main(sys.argv[1])
