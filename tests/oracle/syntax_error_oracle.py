"""Compares Krait's syntax errors with CPython's: type, message, lineno, offset, end_lineno, end_offset, text; and warnings.

Sources: the files of the library that CPython rejects; every string in CPython's own tests of syntax and literals, read as
source in three modes; the snippets in tests/corpus/bad_syntax; and mutations of library files, made by a seeded generator.
"""
import argparse
import ast
import doctest
import random
import re
import subprocess
import sys
import tempfile
import textwrap
import warnings
from pathlib import Path

LIBRARY = Path("/usr/lib/python3.11")
TEST_MODULES = """test_syntax test_exceptions test_eof test_fstring test_string_literals test_grammar test_positional_only_arg
    test_named_expressions test_patma test_unparse test_type_comments test_codeop test_generators test_genexps test_listcomps
    test_setcomps test_dictcomps test_unpack_ex test_except_star test_int_literal test_unicode_identifiers test_keywordonlyarg
    test_coroutines test_flufl test_future test_compile test_ast test_source_encoding test_peg_generator/test_pegen
    test_cmd_line_script test_tokenize test_global test_extcall test_decorators test_float test_lambda""".split()
class Way:
    """A way to read source: the mode, and the flags for compile() and for krait_ast that mean the same."""

    def __init__(self, mode, flags=0, minor=-1, options=()):
        self.mode = mode
        self.flags = flags
        self.minor = minor
        self.options = ["-m", mode, *options]

    def __str__(self):
        return " ".join(self.options)


MODES = [Way("exec"), Way("eval"), Way("single")]
OTHER_WAYS = [
    Way("exec", ast.PyCF_TYPE_COMMENTS, options=["-t"]),
    Way("func_type", ast.PyCF_TYPE_COMMENTS, options=["-t"]),
    Way("single", 0x4000 | 0x200, options=["-i"]),
    Way("exec", 0x4000 | 0x200, options=["-i"]),
    *(Way("exec", minor=minor, options=["-v", str(minor)]) for minor in range(4, 11)),
]


def describe(error):
    parts = [type(error).__name__, error.msg if isinstance(error, SyntaxError) else str(error)]
    if isinstance(error, SyntaxError):
        parts += [str(p) for p in (error.lineno, error.offset, error.end_lineno, error.end_offset)]
        parts.append(error.text or "")
    return parts


def cpython(source, way):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            compile(source, "<oracle>", way.mode, ast.PyCF_ONLY_AST | way.flags, _feature_version=way.minor)
            result = ["accepted"]
        except (SyntaxError, ValueError, MemoryError, OverflowError, RecursionError) as error:
            result = describe(error)
    return [[w.category.__name__, str(w.message), str(w.lineno)] for w in caught] + [result]


def is_error(answer):
    return answer[-1] != ["accepted"]


class Krait:
    """krait_ast, one process a mode and kind of source, reading file names."""

    def __init__(self, program):
        self.program = program
        self.processes = {}
        self.file = tempfile.NamedTemporaryFile(prefix="krait-oracle-", suffix=".py")

    def ask(self, source, way):
        is_str = isinstance(source, str)
        key = str(way), is_str
        process = self.processes.get(key)
        if process is None:
            options = ["-b", "-e", "-w", *way.options] + (["-u"] if is_str else []) + ["-"]
            process = subprocess.Popen([self.program, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self.processes[key] = process
        Path(self.file.name).write_bytes(source.encode() if is_str else source)
        process.stdin.write(self.file.name.encode() + b"\n")
        process.stdin.flush()
        head = process.stdout.readline()
        if not head.startswith(b"== "):
            del self.processes[key]
            return [["crashed"]]
        answer = process.stdout.read(int(head[3:])).decode("utf-8", "replace")
        result = []
        while match := re.match(r"(\w+Warning)\t(.*?)\t(\d+)\n", answer):
            result.append(list(match.groups()))
            answer = answer[match.end() :]
        return result + [answer[:-1].split("\t", 6) if answer else ["accepted"]]


def rejected_files():
    for path in sorted(LIBRARY.rglob("*.py")):
        source = path.read_bytes()
        if is_error(cpython(source, MODES[0])):
            yield source


def strings_of(path):
    """Every string in a test module that might be meant as source, and the examples in its docstrings."""
    tree = ast.parse(path.read_bytes())
    parser = doctest.DocTestParser()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, (str, bytes)):
            continue
        yield node.value
        if isinstance(node.value, str):
            if "\n" in node.value:
                yield textwrap.dedent(node.value)
            if ">>>" in node.value:
                try:
                    yield from (example.source for example in parser.get_examples(node.value))
                except ValueError:
                    pass


def test_strings():
    seen = set()
    for name in TEST_MODULES:
        path = LIBRARY / "test" / f"{name}.py"
        if not path.exists():
            continue
        for source in strings_of(path):
            if source in seen or (isinstance(source, str) and re.search("[\ud800-\udfff]", source)):
                continue
            seen.add(source)
            yield source


def corpus(folder):
    """Snippets stand one behind the other, separated by lines of five hyphens."""
    for path in sorted(folder.glob("*.txt")):
        yield from path.read_text().split("\n-----\n")


PIECES = """( ) [ ] { } , : ; . = == := -> + - * ** / // % @ & | ^ ~ < > <= >= != ! $ ? \\ ' " ''' \"\"\" # 0 1 0x 1_ 0777 1.5j x print
    if else elif for in while def class return lambda yield async await with as try except finally import from match case _
    None True f'{ f'{x!z}' f'{a b}' b'' u'' rb'' not and or is del global pass break raise assert nonlocal ... <> é €""".split()
WORD = re.compile(r"\w+|[^\w\s]+|\s+")


def mutate(generator, source):
    kind = generator.randrange(10)
    if kind < 4:
        at = generator.randrange(len(source) + 1)
        piece = generator.choice(PIECES + ["\n", "\t", "  ", "\n    "])
        return source[:at] + generator.choice(["", " "]) + piece + generator.choice(["", " "]) + source[at:]
    words = WORD.findall(source)
    at = generator.randrange(len(words))
    if kind == 4:
        del words[at]
    elif kind == 5:
        words.insert(at, generator.choice(words))
    elif kind == 6:
        other = generator.randrange(len(words))
        words[at], words[other] = words[other], words[at]
    elif kind == 7:
        words[at] = generator.choice(PIECES)
    elif kind == 8:
        return source[: generator.randrange(len(source))]
    else:
        lines = source.split("\n")
        at = generator.randrange(len(lines))
        change = generator.randrange(4)
        if change == 0:
            del lines[at]
        elif change == 1:
            lines[at] = " " + lines[at]
        elif change == 2:
            lines[at] = lines[at][1:]
        else:
            lines[at] = lines[at].lstrip()
        return "\n".join(lines)
    return "".join(words)


def mutations(seed, count):
    """Mutated pieces of library files: whole definitions, so that the position of an error varies, but not its cost."""
    generator = random.Random(seed)
    files = sorted(p for p in LIBRARY.rglob("*.py") if p.stat().st_size < 60000 and "lib2to3" not in str(p))
    found = 0
    while found < count:
        try:
            source = generator.choice(files).read_text()
        except UnicodeDecodeError:
            continue
        lines = source.split("\n")
        starts = [i for i, line in enumerate(lines) if re.match(r"(async )?def |class |@|if |for |with |try:|match ", line)]
        if starts and generator.random() < 0.8:
            start = generator.choice(starts)
            source = "\n".join(lines[start : start + generator.randrange(3, 60)]) + "\n"
        if not source.strip():
            continue
        for _ in range(generator.choice([1, 1, 1, 2, 3])):
            if source:
                source = mutate(generator, source)
        if is_error(cpython(source, MODES[0])):
            found += 1
            yield source


class Score:
    def __init__(self, krait, show):
        self.krait = krait
        self.show = show
        self.failed = self.passed = 0

    def compare(self, title, sources, ways, least=1.0):
        passed = total = 0
        for source in sources:
            for way in ways:
                want, got = cpython(source, way), self.krait.ask(source, way)
                if want[-1][0] in ("MemoryError", "ValueError", "OverflowError", "RecursionError"):
                    want[-1], got[-1] = want[-1][:2], got[-1][:2]
                total += 1
                if want == got:
                    passed += 1
                elif self.show > 0:
                    self.show -= 1
                    print(f"{title}, {way}: {source[:400]!r}\n   CPython: {want}\n   Krait:   {got}")
        share = passed / total if total else 0
        print(f"{title}: {passed} of {total} alike ({100 * share:.2f}%)")
        if share >= least:
            self.passed += 1
        else:
            self.failed += 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--sample", action="store_true", help="fewer mutations, one test string in forty")
    parser.add_argument("--show", type=int, default=20, help="how many differences to print")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--count", type=int, default=3000, help="how many mutations")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    score = Score(Krait(f"{arguments.build}/drivers/krait_ast"), arguments.show)
    strings = list(test_strings())
    if arguments.sample:
        strings = strings[::40]
    else:
        score.compare("rejected library files", rejected_files(), MODES[:1])
    score.compare("strings of CPython's tests", strings, MODES)
    encoded = [source.encode() for source in strings if isinstance(source, str)]
    score.compare("the same as bytes", encoded, MODES[:1])
    score.compare("the same in other ways", strings, OTHER_WAYS)
    score.compare("our own snippets", corpus(Path(__file__).parent.parent / "corpus" / "bad_syntax"), MODES)
    count = 100 if arguments.sample else arguments.count
    score.compare("mutations", mutations(arguments.seed, count), MODES[:1], least=0.97)
    print(f"{score.passed} passed, {score.failed} failed")
    return 1 if score.failed else 0


sys.exit(main())
