# The os module and its relatives: files, directories, processes, signals, waiting.
import errno
import fcntl
import os
import select
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time

folder = tempfile.mkdtemp()
os.chdir(folder)
os.mkdir("sub")
descriptor = os.open("file", os.O_RDWR | os.O_CREAT, 0o640)
print(os.write(descriptor, b"hello world"), os.pread(descriptor, 5, 6), os.lseek(descriptor, 0, os.SEEK_CUR))
print(os.fstat(descriptor).st_size, os.get_inheritable(descriptor), fcntl.fcntl(descriptor, fcntl.F_GETFD))
os.ftruncate(descriptor, 3)
os.close(descriptor)
os.symlink("file", "link")
os.link("file", "hard")
print(os.readlink("link"), os.stat("hard").st_nlink, stat.filemode(os.lstat("link").st_mode))
print(sorted((e.name, e.is_file(), e.is_dir(), e.is_symlink()) for e in os.scandir()))
print(sorted(os.listdir(b".")))
os.utime("file", ns=(1_500_000_000, 2_500_000_001))
print(os.stat("file").st_mtime_ns, os.stat("file").st_atime, os.stat("file")[8])
directory = os.open(".", os.O_RDONLY)
print(os.stat("file", dir_fd=directory).st_size, os.access("file", os.W_OK, dir_fd=directory))
os.rename("hard", "moved", src_dir_fd=directory, dst_dir_fd=directory)
os.close(directory)

def attempt(action):
    try:
        print(action())
    except Exception as error:
        print(type(error).__name__, str(error).replace(folder, "FOLDER"))

attempt(lambda: os.stat("missing"))
attempt(lambda: os.rename("missing", "other"))
attempt(lambda: os.mkdir("sub"))
attempt(lambda: os.rmdir("file"))
attempt(lambda: os.stat("a\0b"))
attempt(lambda: os.stat(1.5))
attempt(lambda: os.stat(1, follow_symlinks=False))
attempt(lambda: os.close(9999))
attempt(lambda: os.read(9999, 1))
attempt(lambda: os.open("x", "y"))
attempt(lambda: os.fspath(5))
attempt(lambda: os.kill(os.getpid(), 999))
attempt(lambda: os.execv("/bin/true", []))
for name in "moved", "link", "file":
    os.remove(name)
os.rmdir("sub")
os.chdir("/")
os.rmdir(folder)

pid = os.fork()
if pid == 0:
    os._exit(3)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
print(subprocess.run(["cat"], input=b"through a pipe", capture_output=True).stdout)
print(subprocess.run("exit 5", shell=True).returncode)
attempt(lambda: subprocess.run(["/no/such/program"]))
attempt(lambda: subprocess.run(["true"], cwd="/no/such/folder"))
process = subprocess.Popen(["sleep", "10"])
process.terminate()
print(process.wait())

calls = []
signal.signal(signal.SIGUSR1, lambda number, frame: calls.append((number, frame.f_code.co_name)))
os.kill(os.getpid(), signal.SIGUSR1)
print(calls)
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    print("interrupted")
signal.signal(signal.SIGALRM, lambda number, frame: calls.append("alarm"))
signal.setitimer(signal.ITIMER_REAL, 0.02)
start = time.monotonic()
time.sleep(0.1)
print(calls[1:], time.monotonic() - start >= 0.1)

reader, writer = os.pipe()
print(select.select([reader], [writer], [], 0) == ([], [writer], []))
threading.Timer(0.02, os.write, (writer, b"x")).start()
poll = select.poll()
poll.register(reader, select.POLLIN)
print(poll.poll(5000) == [(reader, select.POLLIN)])
with select.epoll() as epoll:
    epoll.register(reader, select.EPOLLIN)
    print(epoll.poll(5) == [(reader, select.EPOLLIN)])
os.set_blocking(reader, False)
os.read(reader, 1)
attempt(lambda: os.read(reader, 1))

print(time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(86400 * 365)), time.gmtime(0).tm_zone, time.mktime(time.localtime(5)))
attempt(lambda: time.sleep(-1))
attempt(lambda: time.strftime("%Y", (1, 2, 3)))
attempt(lambda: time.strftime("%Y", (2000, 13, 1, 0, 0, 0, 0, 1, 0)))
print(errno.errorcode[errno.ENOENT], os.strerror(errno.ENOENT))
