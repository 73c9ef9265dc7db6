# arguments: 4000
# short: 25000 120000
"""Integrals by random numbers: a generator of our own (int arithmetic) and the standard one."""

import math
import random
import sys

SIZE = 1000000


class Xorshift:
    """Marsaglia's xorshift of 32 bits."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        x = self.state
        x ^= (x << 13) & 0xFFFFFFFF
        x ^= x >> 17
        x ^= (x << 5) & 0xFFFFFFFF
        self.state = x
        return x / 4294967296.0


def estimate_pi(generator, samples):
    inside = 0
    for _ in range(samples):
        x = generator.next()
        y = generator.next()
        if x * x + y * y < 1.0:
            inside += 1
    return 4.0 * inside / samples


def option_price(source, samples):
    """A call option under geometric Brownian motion."""
    start, strike, rate, volatility, years = 100.0, 105.0, 0.03, 0.2, 1.0
    drift = (rate - 0.5 * volatility * volatility) * years
    spread = volatility * math.sqrt(years)
    total = 0.0
    for _ in range(samples):
        gauss = math.sqrt(-2.0 * math.log(1.0 - source.random())) * math.cos(2.0 * math.pi * source.random())
        total += max(start * math.exp(drift + spread * gauss) - strike, 0.0)
    return math.exp(-rate * years) * total / samples


def random_walk(source, steps):
    x = y = farthest = 0
    for _ in range(steps):
        turn = source.randrange(4)
        if turn == 0:
            x += 1
        elif turn == 1:
            x -= 1
        elif turn == 2:
            y += 1
        else:
            y -= 1
        farthest = max(farthest, abs(x) + abs(y))
    return x, y, farthest


def main(samples):
    print("pi %.6f" % estimate_pi(Xorshift(2463534242), samples))
    source = random.Random(20)
    print("price %.6f" % option_price(source, samples // 2))
    print("walk", *random_walk(source, samples // 4))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
