# Frozen modules: what importlib and programs see of them.
import _imp
import os
import subprocess
import sys
import importlib.machinery
import importlib.util

for name in ("abc", "codecs", "io", "os", "site", "stat", "posixpath", "zipimport", "runpy"):
    print(name, _imp.is_frozen(name), _imp.is_frozen_package(name), _imp.find_frozen(name))
print(_imp.find_frozen("json"), _imp.is_frozen("json"))
for call in (_imp.is_frozen_package, _imp.get_frozen_object):
    try:
        call("json")
    except ImportError as error:
        print(error, error.name)
for call in (_imp.is_frozen, _imp.find_frozen, _imp.get_frozen_object):
    try:
        call(1)
    except TypeError:
        print("TypeError")

print(os.__spec__, os.__file__, os.path.__file__, hasattr(os, "__cached__"))
print(os.__spec__.loader is importlib.machinery.FrozenImporter, os.__loader__.get_source("os"))
code = _imp.get_frozen_object("os")
print(code.co_filename, code.co_name, code.co_firstlineno, type(code) is type((lambda: 0).__code__))

import __phello__.spam

print(__phello__.__path__, __phello__.spam.__spec__.origin, __phello__.__spec__.submodule_search_locations)

# A function of a frozen module is complete when it is looked at, and when it runs.
function = os.path.commonpath
print(function.__doc__ is not None, function.__code__.co_varnames[:1], function.__code__.co_argcount, function(["/a/b", "/a/c"]))
try:
    os.path.join(1)
except TypeError as error:
    trace = error.__traceback__
    while trace:
        print(os.path.basename(trace.tb_frame.f_code.co_filename), trace.tb_lineno)
        trace = trace.tb_next

_imp._override_frozen_modules_for_tests(-1)
print(_imp.find_frozen("os"), _imp.find_frozen("zipimport"))
_imp._override_frozen_modules_for_tests(0)

for setting in ("frozen_modules=off", "frozen_modules=on", "frozen_modules", "frozen_modules=maybe"):
    run = subprocess.run([sys.executable, "-X", setting, "-c", "import os; print(os.__spec__.origin)"], capture_output=True, text=True)
    print(setting, run.returncode, run.stdout, run.stderr.split(":")[0])
