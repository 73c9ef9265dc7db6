"""Corners of native modules: an array is a MutableSequence, rect() of infinities and nans, the hash's name is a str."""
import array
import cmath
import collections.abc
import hashlib
import math

print(isinstance(array.array("b"), collections.abc.MutableSequence))
for size in (math.inf, -math.inf, math.nan):
    for angle in (math.nan, 0.0, -0.0):
        print(cmath.rect(size, angle))
try:
    hashlib.pbkdf2_hmac(b"sha1", b"", b"", 1)
except TypeError as error:
    print(error)
