# krait-only
"""The prompt on a terminal: several lines, completion, history, an interrupt while waiting, the end of input."""
import os
import pty
import re
import select
import sys
import tempfile
import time

home = tempfile.mkdtemp()


def session(*arguments):
    process, terminal = pty.fork()
    if process == 0:
        os.environ.update(HOME=home, TERM="dumb")
        os.execv(sys.executable, [sys.executable, "-q", *arguments])
    return process, terminal


def read_until(terminal, ending):
    text, end = "", time.monotonic() + 40
    while not text.endswith(ending) and time.monotonic() < end:
        if select.select([terminal], [], [], 1)[0]:
            try:
                text += os.read(terminal, 4096).decode()
            except OSError:  # the other side is gone
                break
    return text


def talk(lines, *arguments):
    process, terminal = session(*arguments)
    read_until(terminal, ">>> ")
    for line, ending in lines:
        os.write(terminal, line.encode())
        answer = read_until(terminal, ending)
        print(repr(line), [part for part in re.split(r"[\r\n]+", answer) if re.fullmatch(r"[\w(). ]*\d+|\w+(Error|Interrupt).*", part)])
    print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))


talk([("x = 41\r", ">>> "), ("x + 1\r", ">>> "), ("for i in 5, 6:\r", "... "), ("  print(i)\r", "... "), ("\r", ">>> "),
      ("x.bit_le\t\r", ">>> "), ("\x1b[A\r", ">>> "), ("1/0\r", ">>> "), ("abc\x03", ">>> "), ("raise SystemExit(7)\r", "never")])
talk([("value\r", ">>> "), ("\x04", "never")], "-i", "-c", "value = 8")
print(os.listdir(home))
