# arguments: 400
# short: 2900 5200
"""Integers of thousands of digits: pi, Fibonacci numbers, factorials, modular powers, conversion to text."""

import math
import sys

SIZE = 11000


def pi_digits(count):
    """Machin's formula in fixed point."""

    def inverse_tangent(x, unit):
        total = term = unit // x
        square = x * x
        n, sign = 3, -1
        while term:
            term //= square
            total += sign * (term // n)
            sign = -sign
            n += 2
        return total

    unit = 10 ** (count + 10)
    return 4 * (4 * inverse_tangent(5, unit) - inverse_tangent(239, unit)) // 10**10


def pi_spigot(count):
    """Digits one by one, from a continued product of linear fractional maps."""
    q, r, t, k = 1, 0, 1, 1
    digits = []
    while len(digits) < count:
        q, r, t = q * k, (2 * q + r) * (2 * k + 1), t * (2 * k + 1)
        k += 1
        digit = (3 * q + r) // t
        if digit == (4 * q + r) // t:
            digits.append(str(digit))
            q, r = 10 * q, 10 * (r - digit * t)
    return "".join(digits)


def fibonacci(index):
    """Fast doubling."""
    a, b = 0, 1
    for bit in bin(index)[2:]:
        a, b = a * (2 * b - a), a * a + b * b
        if bit == "1":
            a, b = b, a + b
    return a


def probably_prime(n, bases=(2, 3, 5, 7, 11, 13, 17)):
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd //= 2
        twos += 1
    for base in bases:
        x = pow(base, odd, n)
        if x in (1, n - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def digit_sum(number):
    return sum(map(int, str(number)))


def main(size):
    if hasattr(sys, "set_int_max_str_digits"):
        sys.set_int_max_str_digits(0)
    digits = str(pi_digits(size))
    print(digits[:20], digits[-20:])
    spigot = pi_spigot(size // 6)
    print(digits.startswith(spigot))
    print(digit_sum(fibonacci(size * 8)), fibonacci(size * 100).bit_length())
    factorial = 1
    for i in range(2, size):
        factorial *= i
    print(digit_sum(factorial), factorial == math.factorial(size - 1))
    mersenne = [p for p in range(3, size // 8, 2) if probably_prime(p) and probably_prime((1 << p) - 1)]
    print(mersenne)
    a, b = fibonacci(size), fibonacci(size - 1)
    steps = 0
    while b:
        a, b = b, a % b
        steps += 1
    print(a, steps)
    number = int("123456789" * (size // 9), 10)
    print(hex(number)[-16:], number % 1000000007, math.isqrt(number) % 1000000007, (number ^ (number >> 3)) % 998244353)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
