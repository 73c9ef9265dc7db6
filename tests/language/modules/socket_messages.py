# Messages with ancillary data: descriptors that are passed, buffers that are received into, how much room it takes.
import os
import socket
import time

ours, theirs = socket.socketpair()
readable, writable = os.pipe()
socket.send_fds(ours, [b"one", b"two"], [readable, writable])
message, descriptors, flags, address = socket.recv_fds(theirs, 10, 5)
print(message, len(descriptors), flags, address)
print([os.get_inheritable(descriptor) for descriptor in descriptors])
os.write(descriptors[1], b"through")
print(os.read(readable, 10))

ours.send(b"abcdefghij")
first, second = bytearray(3), bytearray(4)
print(theirs.recvmsg_into([first, memoryview(second)[1:]]), first, second)
for buffers in [b"not writable"], [object()], 7, None:
    try:
        theirs.recvmsg_into(buffers)
    except Exception as error:
        print(type(error).__name__, error if buffers != 7 and buffers else "")

for length in 0, 1, 7, 8, 9, 2**31 - 1, 2**31 - 16, 2**31 - 17, 2**31 - 24, 2**31 - 25, 2**63, -1:
    for room in socket.CMSG_LEN, socket.CMSG_SPACE:
        try:
            print(length, room(length))
        except Exception as error:
            print(length, type(error).__name__)

# A closed socket is waited for by nobody.
for timeout in None, 0, 20:
    ours, theirs = socket.socketpair()
    ours.settimeout(timeout)
    ours.close()
    for use in lambda: ours.recv(1), lambda: ours.send(b"x"):
        start = time.monotonic()
        try:
            use()
        except OSError as error:
            print(timeout, type(error).__name__, error, time.monotonic() - start < 10)
