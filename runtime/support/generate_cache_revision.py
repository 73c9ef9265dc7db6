"""Writes a header with a number that stands for the compiler's sources: cache files of compiled code are named after it, so that what
another compiler has left is not read.

    generate_cache_revision.py OUTPUT SOURCE...
"""

import hashlib
import pathlib
import sys

output, *sources = sys.argv[1:]
digest = hashlib.sha256()
for source in sorted(sources, key=lambda name: pathlib.Path(name).name):
    digest.update(pathlib.Path(source).read_bytes())
pathlib.Path(output).write_text(
    "// What names cache files besides the table of instructions.\n#pragma once\n#include <stdint.h>\n\n"
    f"enum : uint64_t {{ CACHE_REVISION = 0x{digest.hexdigest()[:15]} }};\n"
)
