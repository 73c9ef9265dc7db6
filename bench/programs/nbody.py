# arguments: 500
# short: 5000 20000
"""Planets around a sun, moved by their gravity: float arithmetic on attributes."""

import math
import sys

SIZE = 160000


class Body:
    def __init__(self, name, mass, position, velocity):
        self.name = name
        self.mass = mass
        self.x, self.y, self.z = position
        self.vx, self.vy, self.vz = velocity


def make_system():
    """A sun, and planets on nearly circular orbits that lean a little."""
    bodies = [Body("sun", 1000.0, (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))]
    for number, (distance, mass) in enumerate([(4.0, 0.3), (7.5, 0.8), (11.0, 1.1), (19.0, 3.5), (30.0, 2.0)]):
        angle = 1.3 * number
        speed = math.sqrt(1000.0 / distance)
        tilt = 0.02 * (number - 2)
        position = (distance * math.cos(angle), distance * math.sin(angle), distance * tilt)
        velocity = (-speed * math.sin(angle), speed * math.cos(angle), 0.0)
        bodies.append(Body("planet %d" % number, mass, position, velocity))
    return bodies


def advance(bodies, pairs, step):
    for first, second in pairs:
        dx = first.x - second.x
        dy = first.y - second.y
        dz = first.z - second.z
        square = dx * dx + dy * dy + dz * dz
        pull = step / (square * math.sqrt(square))
        to_first = second.mass * pull
        to_second = first.mass * pull
        first.vx -= dx * to_first
        first.vy -= dy * to_first
        first.vz -= dz * to_first
        second.vx += dx * to_second
        second.vy += dy * to_second
        second.vz += dz * to_second
    for body in bodies:
        body.x += step * body.vx
        body.y += step * body.vy
        body.z += step * body.vz


def energy(bodies, pairs):
    total = sum(0.5 * b.mass * (b.vx**2 + b.vy**2 + b.vz**2) for b in bodies)
    for first, second in pairs:
        total -= first.mass * second.mass / math.dist((first.x, first.y, first.z), (second.x, second.y, second.z))
    return total


def main(steps):
    bodies = make_system()
    pairs = [(a, b) for i, a in enumerate(bodies) for b in bodies[i + 1 :]]
    print("energy %.9f" % energy(bodies, pairs))
    for _ in range(steps):
        advance(bodies, pairs, 0.0005)
    print("energy %.9f" % energy(bodies, pairs))
    for body in bodies:
        print("%-9s %.6f %.6f %.6f" % (body.name, body.x, body.y, body.z))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
