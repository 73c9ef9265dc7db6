"""Shows Krait's bytecode.

The functions are those of CPython's dis module; what they show are the instructions of a register machine. An operand
is the name of a variable, a temporary (t0, t1, ...), a constant, a name, a count or a jump target.
"""

import collections
import io
import sys
import types

from opcode import *
from opcode import __all__ as _opcodes_all
from opcode import operand_kinds, _inline_cache_entries

__all__ = ["code_info", "dis", "disassemble", "distb", "disco",
           "findlinestarts", "findlabels", "show_code",
           "get_instructions", "Instruction", "Bytecode"] + _opcodes_all
del _opcodes_all

WORD = 8  # bytes

COMPILER_FLAG_NAMES = {
    1: "OPTIMIZED",
    2: "NEWLOCALS",
    4: "VARARGS",
    8: "VARKEYWORDS",
    16: "NESTED",
    32: "GENERATOR",
    64: "NOFREE",
    128: "COROUTINE",
    256: "ITERABLE_COROUTINE",
    512: "ASYNC_GENERATOR",
}

_have_code = (types.MethodType, types.FunctionType, types.CodeType, classmethod, staticmethod, type)


def pretty_flags(flags):
    """The names of a code object's flags, joined by commas."""
    names = []
    for bit in range(32):
        flag = 1 << bit
        if flags & flag:
            names.append(COMPILER_FLAG_NAMES.get(flag, hex(flag)))
            flags ^= flag
            if not flags:
                break
    else:
        names.append(hex(flags))
    return ", ".join(names)


# ---- what can be disassembled

def _try_compile(source, name):
    """Source of an expression, or else of statements."""
    try:
        return compile(source, name, 'eval')
    except SyntaxError:
        return compile(source, name, 'exec')


def _get_code_object(x):
    """The code object of a function, method, generator, source text or code object."""
    if hasattr(x, '__func__'):
        x = x.__func__
    for attribute in ('__code__', 'gi_code', 'ag_code', 'cr_code'):
        if hasattr(x, attribute):
            x = getattr(x, attribute)
            break
    if isinstance(x, str):
        x = _try_compile(x, "<disassembly>")
    if hasattr(x, 'co_code'):
        return x
    raise TypeError("don't know how to disassemble %s objects" % type(x).__name__)


def dis(x=None, *, file=None, depth=None, show_caches=False, adaptive=False):
    """Disassemble classes, methods, functions, and other compiled objects; without argument, the last traceback.

    Inner code is shown, too, down to `depth` levels.
    """
    if x is None:
        distb(file=file, show_caches=show_caches, adaptive=adaptive)
        return
    if hasattr(x, '__func__'):
        x = x.__func__
    for attribute in ('__code__', 'gi_code', 'ag_code', 'cr_code'):
        if hasattr(x, attribute):
            x = getattr(x, attribute)
            break
    if hasattr(x, '__dict__') and not hasattr(x, 'co_code'):  # class or module
        for name, member in sorted(x.__dict__.items()):
            if isinstance(member, _have_code):
                print("Disassembly of %s:" % name, file=file)
                try:
                    dis(member, file=file, depth=depth, show_caches=show_caches)
                except TypeError as message:
                    print("Sorry:", message, file=file)
                print(file=file)
    elif hasattr(x, 'co_code'):
        _disassemble_recursive(x, file=file, depth=depth, show_caches=show_caches)
    elif isinstance(x, (bytes, bytearray)):
        for instruction in _decode(bytes(x)):
            print(instruction._disassemble(), file=file)
    elif isinstance(x, str):
        _disassemble_recursive(_try_compile(x, '<dis>'), file=file, depth=depth, show_caches=show_caches)
    else:
        raise TypeError("don't know how to disassemble %s objects" % type(x).__name__)


def distb(tb=None, *, file=None, show_caches=False, adaptive=False):
    """Disassemble a traceback (default: the last one), marking the instruction that raised."""
    if tb is None:
        try:
            tb = sys.last_traceback
        except AttributeError:
            raise RuntimeError("no last traceback to disassemble") from None
        while tb.tb_next:
            tb = tb.tb_next
    disassemble(tb.tb_frame.f_code, tb.tb_lasti, file=file, show_caches=show_caches)


# ---- facts about a code object

def code_info(x):
    """Formatted details of methods, functions, or code."""
    return _format_code_info(_get_code_object(x))


def _format_code_info(co):
    lines = ["Name:              %s" % co.co_name,
             "Filename:          %s" % co.co_filename,
             "Argument count:    %s" % co.co_argcount,
             "Positional-only arguments: %s" % co.co_posonlyargcount,
             "Kw-only arguments: %s" % co.co_kwonlyargcount,
             "Number of locals:  %s" % co.co_nlocals,
             "Stack size:        %s" % co.co_stacksize,
             "Flags:             %s" % pretty_flags(co.co_flags)]
    tables = (("Constants:", [repr(c) for c in co.co_consts]), ("Names:", co.co_names),
              ("Variable names:", co.co_varnames), ("Free variables:", co.co_freevars),
              ("Cell variables:", co.co_cellvars))
    for title, items in tables:
        if items:
            lines.append(title)
            lines.extend("%4d: %s" % item for item in enumerate(items))
    return "\n".join(lines)


def show_code(co, *, file=None):
    """Print details of methods, functions, or code to *file* (default: standard output)."""
    print(code_info(co), file=file)


# ---- instructions

Positions = collections.namedtuple('Positions', ['lineno', 'end_lineno', 'col_offset', 'end_col_offset'],
                                   defaults=[None] * 4)

_Instruction = collections.namedtuple(
    "_Instruction",
    ['opname', 'opcode', 'arg', 'argval', 'argrepr', 'offset', 'starts_line', 'is_jump_target', 'positions'],
    defaults=[None])


class Instruction(_Instruction):
    """One instruction.

    opname, opcode: name and number
    arg: the operands as one number, auxiliary byte lowest
    argval: the operand that says most: a constant, a name, a jump's target, or the first register's name
    argrepr: all operands as text
    offset: of the word, in bytes
    starts_line: the line that starts here, or None
    is_jump_target: whether other code jumps here
    positions: Positions of the source, where known
    """

    def _disassemble(self, lineno_width=3, mark_as_current=False, offset_width=4):
        line = "%*d" % (lineno_width, self.starts_line) if self.starts_line is not None else " " * lineno_width
        fields = [line] if lineno_width else []
        fields.append('-->' if mark_as_current else '   ')
        fields.append('>>' if self.is_jump_target else '  ')
        fields.append(repr(self.offset).rjust(offset_width))
        fields.append(self.opname.ljust(20))
        fields.append(self.argrepr)
        return ' '.join(fields).rstrip()


def _words(code):
    """Yields (offset, opcode, auxiliary, a, b, c) for each instruction, caches left out."""
    offset = 0
    while offset + WORD <= len(code):
        op = code[offset]
        a, b, c = (int.from_bytes(code[offset + i:offset + i + 2], 'little') for i in (2, 4, 6))
        yield offset, op, code[offset + 1], a, b, c
        offset += WORD * (1 + _inline_cache_entries[op])


def _jump_target(offset, kinds, b, c):
    if 'jump16' in kinds:
        return offset + WORD * c
    if 'jump' in kinds:
        distance = b | c << 16
        return offset + WORD * (distance - (1 << 32) if distance >> 31 else distance)
    return None


def findlabels(code):
    """The offsets in a byte string of code that are jump targets, without duplicates."""
    labels = []
    for offset, op, _, _, b, c in _words(code):
        target = _jump_target(offset, operand_kinds.get(op, ()), b, c)
        if target is not None and target not in labels:
            labels.append(target)
    return labels


def findlinestarts(code):
    """Yields pairs (offset, line) for the offsets in the code object at which a line starts."""
    last = None
    for start, _, line in code.co_lines():
        if line is not None and line != last:
            last = line
            yield start, line


class _Names:
    """Shows the operands of one code object."""

    def __init__(self, co=None):
        self.co = co
        if co is not None:
            self.registers = [*co.co_varnames, *('cell:' + n for n in co.co_cellvars),
                              *('free:' + n for n in co.co_freevars)]
        else:
            self.registers = []

    def register(self, number):
        if self.co is None:
            return 'r%d' % number
        if number < len(self.registers):
            return self.registers[number]
        return 't%d' % (number - len(self.registers))

    def operand(self, kind, value, wide, offset):
        """(value, text) of an operand; None: there is none."""
        if kind == '':
            return None
        if kind in ('const', 'const32'):
            index = value if kind == 'const' else wide
            if self.co is None or index >= len(self.co.co_consts):
                return index, 'const %d' % index
            constant = self.co.co_consts[index]
            return constant, repr(constant)
        if kind in ('name', 'name32'):
            index = value if kind == 'name' else wide
            if self.co is None or index >= len(self.co.co_names):
                return index, 'name %d' % index
            return self.co.co_names[index], self.co.co_names[index]
        if kind == 'count':
            return value, '#%d' % value
        text = self.register(value)
        return text, text + '..' if kind in ('base', 'dests') else text


_SPEAKING = ('const', 'const32', 'name', 'name32')


def _decode(code, names=None, lines=None, labels=None, positions=None, first_line_offset=0, show_caches=False):
    names = names or _Names()
    labels = findlabels(code) if labels is None else labels
    for offset, op, auxiliary, a, b, c in _words(code):
        kinds = operand_kinds.get(op, ('', '', ''))
        target = _jump_target(offset, kinds, b, c)
        shown, argval = [], None
        if auxiliary:
            shown.append('/%d' % auxiliary)
        for kind, value in zip(kinds, (a, b, c)):
            if kind in ('jump', 'jump16'):
                shown.append('to %d' % target)
                argval = target
                continue
            operand = names.operand(kind, value, b | c << 16, offset)
            if operand is None:
                continue
            shown.append(operand[1])
            if target is None and (argval is None or kind in _SPEAKING):
                argval = operand[0]
        if opname[op] == 'IS_OP':  # one instruction for two operators: which of them
            argval = auxiliary
        line = lines.get(offset) if lines else None
        if line is not None:
            line += first_line_offset
        where = Positions(*positions[offset // 2]) if positions and offset // 2 < len(positions) else Positions()
        yield Instruction(opname[op], op, auxiliary | a << 8 | b << 24 | c << 40, argval, ' '.join(shown), offset, line,
                          offset in labels, where)
        for i in range(_inline_cache_entries[op] if show_caches else 0):
            yield Instruction('CACHE', op, 0, None, '', offset + WORD * (i + 1), None, False, where)


def get_instructions(x, *, first_line=None, show_caches=False, adaptive=False):
    """Iterator for the instructions in methods, functions or code."""
    co = _get_code_object(x)
    shift = first_line - co.co_firstlineno if first_line is not None else 0
    return _decode(co.co_code, _Names(co), dict(findlinestarts(co)), None, list(co.co_positions()), shift, show_caches)


def disassemble(co, lasti=-1, *, file=None, show_caches=False, adaptive=False):
    """Disassemble a code object."""
    instructions = list(get_instructions(co, show_caches=show_caches))
    lines = [i.starts_line for i in instructions if i.starts_line is not None]
    lineno_width = max(3, len(str(max(lines)))) if lines else 0
    offset_width = max(4, len(str(len(co.co_code))))
    for instruction in instructions:
        if instruction.starts_line is not None and instruction.offset > 0:
            print(file=file)
        print(instruction._disassemble(lineno_width, instruction.offset == lasti, offset_width), file=file)


def _disassemble_recursive(co, *, file=None, depth=None, show_caches=False):
    disassemble(co, file=file, show_caches=show_caches)
    if depth is None or depth > 0:
        if depth is not None:
            depth -= 1
        for x in co.co_consts:
            if hasattr(x, 'co_code'):
                print(file=file)
                print("Disassembly of %r:" % (x,), file=file)
                _disassemble_recursive(x, file=file, depth=depth, show_caches=show_caches)


disco = disassemble


def _find_imports(co):
    """Yields (name, level, fromlist) for each import in the code."""
    loaded = {}
    for offset, op, _, a, b, c in _words(co.co_code):
        if opname[op] == 'LOAD_CONST':
            loaded[a] = co.co_consts[b | c << 16]
        elif opname[op] == 'IMPORT_NAME':
            yield co.co_names[c], loaded.get(b + 1), loaded.get(b)


def _find_store_names(co):
    """Yields the names of variables that the code assigns in its namespace."""
    for offset, op, _, a, b, c in _words(co.co_code):
        if opname[op] in ('STORE_NAME', 'STORE_GLOBAL'):
            yield co.co_names[b | c << 16]


def _unpack_opargs(code):
    for offset, op, auxiliary, a, b, c in _words(code):
        yield offset, op, auxiliary | a << 8 | b << 24 | c << 40


class Bytecode:
    """The bytecode of a piece of code: iterate over it for its Instructions."""

    def __init__(self, x, *, first_line=None, current_offset=None, show_caches=False, adaptive=False):
        self.codeobj = co = _get_code_object(x)
        self.first_line = co.co_firstlineno if first_line is None else first_line
        self._line_offset = self.first_line - co.co_firstlineno
        self._original_object = x
        self.current_offset = current_offset
        self.show_caches = show_caches

    def __iter__(self):
        return get_instructions(self.codeobj, first_line=self.first_line, show_caches=self.show_caches)

    def __repr__(self):
        return "{}({!r})".format(self.__class__.__name__, self._original_object)

    @classmethod
    def from_traceback(cls, tb, *, show_caches=False, adaptive=False):
        """The bytecode of the innermost frame of a traceback."""
        while tb.tb_next:
            tb = tb.tb_next
        return cls(tb.tb_frame.f_code, current_offset=tb.tb_lasti, show_caches=show_caches)

    def info(self):
        """Formatted information about the code object."""
        return _format_code_info(self.codeobj)

    def dis(self):
        """The formatted view of the bytecode operations."""
        with io.StringIO() as output:
            lasti = self.current_offset if self.current_offset is not None else -1
            disassemble(self.codeobj, lasti, file=output, show_caches=self.show_caches)
            return output.getvalue()


def _main():
    import argparse
    parser = argparse.ArgumentParser()
    parser.add_argument('infile', type=argparse.FileType('rb'), nargs='?', default='-')
    arguments = parser.parse_args()
    with arguments.infile as infile:
        source = infile.read()
    dis(compile(source, arguments.infile.name, "exec"))


if __name__ == "__main__":
    _main()
