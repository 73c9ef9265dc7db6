"""Imports from zip archives, and archives as programs."""
import os
import runpy
import subprocess
import sys
import tempfile
import zipfile

with tempfile.TemporaryDirectory() as folder:
    archive = os.path.join(folder, "archive.zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("in_archive.py", "def f(): raise ValueError('from the archive')\n")
        file.writestr("package/__init__.py", "from . import part\n")
        file.writestr("package/part.py", "name = __name__\n")
        file.writestr("__main__.py", "import in_archive, sys\nprint('main', __name__, sys.argv[1:])\n")
    sys.path.insert(0, archive)
    import in_archive
    import package

    print(os.path.relpath(in_archive.__file__, folder), package.part.name, type(in_archive.__loader__).__name__)
    try:
        in_archive.f()
    except ValueError as error:
        print(error, error.__traceback__.tb_next.tb_frame.f_code.co_filename.endswith("in_archive.py"))
    print(sys.path_hooks[0].__name__)
    print(subprocess.run([sys.executable, archive, "a"], capture_output=True, text=True).stdout)
    runpy.run_path(archive)
    damaged = os.path.join(folder, "damaged.zip")
    with open(damaged, "wb") as file:
        file.write(b"no archive")
    sys.path.insert(0, damaged)
    try:
        import nowhere
    except ImportError as error:
        print(error)
