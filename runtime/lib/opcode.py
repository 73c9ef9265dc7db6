"""Krait's bytecode table: names and numbers of the instructions.

An instruction is one word of eight bytes: opcode, auxiliary byte, and three operands a, b, c of 16 bits each, followed by
the words of its inline cache. See dis.py for the operands' kinds.
"""

__all__ = ["cmp_op", "hasconst", "hasname", "hasjrel", "hasjabs",
           "haslocal", "hascompare", "hasfree", "opname", "opmap",
           "HAVE_ARGUMENT", "EXTENDED_ARG", "hasnargs", "stack_effect"]

import _opcode
from _opcode import stack_effect

cmp_op = ('<', '<=', '==', '!=', '>', '>=')

opmap = {}
opname = ['<%r>' % (op,) for op in range(256)]
operand_kinds = {}
hasconst, hasname, hasjrel, haslocal, hascompare, hasfree = [], [], [], [], [], []
hasjabs, hasnargs = [], []  # no such instructions

_inline_cache_entries = [0] * 256

_registers = {"dest", "reg", "update", "base", "dests"}

for _number, (_name, *_kinds, _caches, _flags) in enumerate(_opcode.instructions):
    opname[_number] = _name
    opmap[_name] = _number
    operand_kinds[_number] = tuple(_kinds)
    _inline_cache_entries[_number] = _caches
    if {"const", "const32"} & set(_kinds):
        hasconst.append(_number)
    if {"name", "name32"} & set(_kinds):
        hasname.append(_number)
    if {"jump", "jump16"} & set(_kinds):
        hasjrel.append(_number)
    if _registers & set(_kinds):
        haslocal.append(_number)
    if _name.startswith("COMPARE_"):
        hascompare.append(_number)
    if "CELL" in _name:
        hasfree.append(_number)

HAVE_ARGUMENT = 0  # every instruction has its operands in the same word
EXTENDED_ARG = -1  # never needed

# Names that CPython's opcode module has for its dis module; there are no such variants here.
_nb_ops = []
_specializations = {}
_specialized_instructions = []
_specialization_stats = []
_cache_format = {_name: {"cache": _inline_cache_entries[_number]}
                 for _name, _number in opmap.items() if _inline_cache_entries[_number]}
