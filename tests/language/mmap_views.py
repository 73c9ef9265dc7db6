# skip: sanitizer
# Views of a memory map that nobody keeps do not stand in the way of resize(). With a sanitizer a dead word in a frame of
# the C stack can keep one.
import mmap

memory = mmap.mmap(-1, 100)
print(bytes(memoryview(memory)[10:13]), memoryview(memory)[3])  # views that nobody keeps
memory.resize(200)
print(bytes(memoryview(memory)[190:]))
memory.close()
