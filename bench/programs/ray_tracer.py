# arguments: 24
# short: 55 110
"""A picture of spheres over a chequered floor with shadows and mirrors: small vector objects with operators."""

import math
import sys

SIZE = 270


class Vector:
    __slots__ = ("x", "y", "z")

    def __init__(self, x, y, z):
        self.x = x
        self.y = y
        self.z = z

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y, self.z + other.z)

    def __sub__(self, other):
        return Vector(self.x - other.x, self.y - other.y, self.z - other.z)

    def __mul__(self, factor):
        return Vector(self.x * factor, self.y * factor, self.z * factor)

    def __neg__(self):
        return Vector(-self.x, -self.y, -self.z)

    def dot(self, other):
        return self.x * other.x + self.y * other.y + self.z * other.z

    def unit(self):
        return self * (1.0 / math.sqrt(self.dot(self)))

    def mirrored(self, normal):
        return self - normal * (2.0 * self.dot(normal))


class Ray:
    __slots__ = ("origin", "direction")

    def __init__(self, origin, direction):
        self.origin = origin
        self.direction = direction

    def at(self, distance):
        return self.origin + self.direction * distance


class Sphere:
    def __init__(self, centre, radius, colour, shine):
        self.centre = centre
        self.radius = radius
        self.colour = colour
        self.shine = shine

    def hit(self, ray):
        offset = ray.origin - self.centre
        half = offset.dot(ray.direction)
        discriminant = half * half - offset.dot(offset) + self.radius * self.radius
        if discriminant < 0.0:
            return None
        root = math.sqrt(discriminant)
        for distance in (-half - root, -half + root):
            if distance > 1e-6:
                return distance
        return None

    def normal(self, point):
        return (point - self.centre).unit()

    def colour_at(self, point):
        return self.colour


class Floor:
    shine = 0.25

    def __init__(self, height, light, dark):
        self.height = height
        self.light = light
        self.dark = dark

    def hit(self, ray):
        if abs(ray.direction.y) < 1e-9:
            return None
        distance = (self.height - ray.origin.y) / ray.direction.y
        return distance if distance > 1e-6 else None

    def normal(self, point):
        return Vector(0.0, 1.0, 0.0)

    def colour_at(self, point):
        return self.light if (math.floor(point.x) + math.floor(point.z)) % 2 == 0 else self.dark


class Scene:
    def __init__(self, things, lamp):
        self.things = things
        self.lamp = lamp

    def nearest(self, ray):
        best, found = math.inf, None
        for thing in self.things:
            distance = thing.hit(ray)
            if distance is not None and distance < best:
                best, found = distance, thing
        return found, best

    def trace(self, ray, depth):
        thing, distance = self.nearest(ray)
        if thing is None:
            fade = 0.5 * (ray.direction.y + 1.0)
            return Vector(0.9, 0.9, 1.0) * (1.0 - fade) + Vector(0.3, 0.5, 0.9) * fade
        point = ray.at(distance)
        normal = thing.normal(point)
        to_lamp = (self.lamp - point).unit()
        brightness = 0.15
        if self.nearest(Ray(point, to_lamp))[0] is None:
            brightness += 0.85 * max(0.0, normal.dot(to_lamp))
        colour = thing.colour_at(point) * brightness
        if depth > 0 and thing.shine > 0.0:
            reflected = self.trace(Ray(point, ray.direction.mirrored(normal)), depth - 1)
            colour = colour * (1.0 - thing.shine) + reflected * thing.shine
        return colour


def make_scene():
    things = [Floor(-1.0, Vector(0.9, 0.9, 0.8), Vector(0.2, 0.2, 0.25))]
    for number in range(7):
        angle = number * 0.9
        centre = Vector(2.2 * math.cos(angle), -0.4 + 0.2 * number, 5.0 + 2.2 * math.sin(angle))
        colour = Vector(0.5 + 0.5 * math.cos(angle), 0.5 + 0.5 * math.sin(angle), 0.4)
        things.append(Sphere(centre, 0.6, colour, 0.1 * (number % 4)))
    return Scene(things, Vector(-6.0, 9.0, -4.0))


def main(width):
    scene = make_scene()
    height = width * 3 // 4
    eye = Vector(0.0, 0.6, -2.0)
    shades = "@%#*+=-:. "
    total = Vector(0.0, 0.0, 0.0)
    for row in range(height):
        line = []
        for column in range(width):
            direction = Vector((column + 0.5) / width * 2.0 - 1.0, 0.75 - (row + 0.5) / height * 1.5, 1.6).unit()
            colour = scene.trace(Ray(eye, direction), 3)
            total = total + colour
            line.append(shades[min(9, int(10.0 * (0.3 * colour.x + 0.6 * colour.y + 0.1 * colour.z)))])
        if row % (height // 20 or 1) == 0:
            print("".join(line[:: width // 50 or 1]))
    print("%.6f %.6f %.6f" % (total.x, total.y, total.z))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
