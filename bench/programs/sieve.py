# arguments: 5000
# short: 40000 190000
"""Prime numbers three ways: a byte array with slices, a list with loops, and smallest factors."""

import sys

SIZE = 1500000


def count_with_slices(limit):
    flags = bytearray([1]) * (limit + 1)
    flags[0:2] = b"\0\0"
    for number in range(2, int(limit**0.5) + 1):
        if flags[number]:
            flags[number * number :: number] = bytes(len(range(number * number, limit + 1, number)))
    return sum(flags)


def primes_with_loops(limit):
    flags = [True] * (limit + 1)
    primes = []
    for number in range(2, limit + 1):
        if flags[number]:
            primes.append(number)
            multiple = number * number
            while multiple <= limit:
                flags[multiple] = False
                multiple += number
    return primes


def smallest_factors(limit):
    """The linear sieve: each composite is crossed out once."""
    factor = [0] * (limit + 1)
    primes = []
    for number in range(2, limit + 1):
        if factor[number] == 0:
            factor[number] = number
            primes.append(number)
        for prime in primes:
            if prime > factor[number] or prime * number > limit:
                break
            factor[prime * number] = prime
    return factor


def main(limit):
    print(count_with_slices(limit * 4))
    primes = primes_with_loops(limit)
    print(len(primes), primes[-1], sum(primes))
    factor = smallest_factors(limit)
    divisors = [1] * (limit + 1)
    for number in range(2, limit + 1):
        rest, prime, power = number, factor[number], 0
        while rest % prime == 0:
            rest //= prime
            power += 1
        divisors[number] = divisors[rest] * (power + 1)
    richest = max(range(1, limit + 1), key=divisors.__getitem__)
    print(richest, divisors[richest])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
