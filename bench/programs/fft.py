# arguments: 7
# short: 11 13
"""Fast Fourier transform, in place on two lists of floats, and recursively on complex numbers."""

import cmath
import math
import sys

SIZE = 17


def transform(real, imaginary, inverse=False):
    size = len(real)
    j = 0
    for i in range(1, size):  # bit reversal
        bit = size >> 1
        while j & bit:
            j ^= bit
            bit >>= 1
        j |= bit
        if i < j:
            real[i], real[j] = real[j], real[i]
            imaginary[i], imaginary[j] = imaginary[j], imaginary[i]
    span = 1
    while span < size:
        angle = (math.pi if inverse else -math.pi) / span
        turns = [(math.cos(angle * k), math.sin(angle * k)) for k in range(span)]
        for start in range(0, size, 2 * span):
            for k in range(span):
                c, s = turns[k]
                upper = start + k
                lower = upper + span
                re = real[lower] * c - imaginary[lower] * s
                im = real[lower] * s + imaginary[lower] * c
                real[lower] = real[upper] - re
                imaginary[lower] = imaginary[upper] - im
                real[upper] += re
                imaginary[upper] += im
        span *= 2
    if inverse:
        for i in range(size):
            real[i] /= size
            imaginary[i] /= size


def recursive_transform(values):
    size = len(values)
    if size == 1:
        return values
    even = recursive_transform(values[0::2])
    odd = recursive_transform(values[1::2])
    turned = [cmath.exp(-2j * math.pi * k / size) * odd[k] for k in range(size // 2)]
    return [a + b for a, b in zip(even, turned)] + [a - b for a, b in zip(even, turned)]


def main(bits):
    size = 1 << bits
    signal = [math.sin(0.3 * i) + 0.5 * math.cos(1.7 * i) + (i % 7) * 0.01 for i in range(size)]
    real, imaginary = signal[:], [0.0] * size
    transform(real, imaginary)
    peaks = sorted(range(size // 2), key=lambda i: -(real[i] ** 2 + imaginary[i] ** 2))[:5]
    print("peaks", peaks)
    other = recursive_transform([complex(x) for x in signal])
    print("agree", max(abs(complex(a, b) - c) for a, b, c in zip(real, imaginary, other)) < 1e-6)
    transform(real, imaginary, inverse=True)
    print("back", max(abs(a - b) for a, b in zip(real, signal)) < 1e-9)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
