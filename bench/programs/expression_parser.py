# arguments: 20
# short: 50 270
"""A tokenizer, a recursive-descent parser, a simplifier and an evaluator for arithmetic, over trees of small classes."""

import sys

SIZE = 1800


class Node:
    def fold(self):
        return self


class Number(Node):
    def __init__(self, value):
        self.value = value

    def evaluate(self, names):
        return self.value

    def __str__(self):
        return str(self.value)


class Name(Node):
    def __init__(self, name):
        self.name = name

    def evaluate(self, names):
        return names[self.name]

    def __str__(self):
        return self.name


class Negative(Node):
    def __init__(self, inner):
        self.inner = inner

    def evaluate(self, names):
        return -self.inner.evaluate(names)

    def fold(self):
        inner = self.inner.fold()
        return Number(-inner.value) if isinstance(inner, Number) else Negative(inner)

    def __str__(self):
        return "-%s" % self.inner


class Binary(Node):
    sign = "?"

    def __init__(self, left, right):
        self.left = left
        self.right = right

    def evaluate(self, names):
        return self.apply(self.left.evaluate(names), self.right.evaluate(names))

    def fold(self):
        left, right = self.left.fold(), self.right.fold()
        if isinstance(left, Number) and isinstance(right, Number):
            return Number(self.apply(left.value, right.value))
        return type(self)(left, right)

    def __str__(self):
        return "(%s %s %s)" % (self.left, self.sign, self.right)


class Sum(Binary):
    sign = "+"

    def apply(self, left, right):
        return left + right


class Difference(Binary):
    sign = "-"

    def apply(self, left, right):
        return left - right


class Product(Binary):
    sign = "*"

    def apply(self, left, right):
        return left * right

    def fold(self):
        folded = super().fold()
        if isinstance(folded, Product):
            for side, other in ((folded.left, folded.right), (folded.right, folded.left)):
                if isinstance(side, Number) and side.value == 0:
                    return side
                if isinstance(side, Number) and side.value == 1:
                    return other
        return folded


class Quotient(Binary):
    sign = "/"

    def apply(self, left, right):
        return left // right if right else 0


BINARY = {node.sign: node for node in (Sum, Difference, Product, Quotient)}


def tokenize(text):
    place = 0
    while place < len(text):
        character = text[place]
        if character.isspace():
            place += 1
        elif character.isdigit():
            start = place
            while place < len(text) and text[place].isdigit():
                place += 1
            yield "number", int(text[start:place])
        elif character.isalpha():
            start = place
            while place < len(text) and text[place].isalnum():
                place += 1
            yield "name", text[start:place]
        else:
            yield "sign", character
            place += 1
    yield "end", None


class Parser:
    def __init__(self, text):
        self.tokens = list(tokenize(text))
        self.place = 0

    def peek(self):
        return self.tokens[self.place]

    def take(self):
        token = self.tokens[self.place]
        self.place += 1
        return token

    def accept(self, *signs):
        kind, value = self.peek()
        if kind == "sign" and value in signs:
            self.place += 1
            return value
        return None

    def sum(self):
        left = self.product()
        while True:
            sign = self.accept("+", "-")
            if sign is None:
                return left
            left = BINARY[sign](left, self.product())

    def product(self):
        left = self.unary()
        while True:
            sign = self.accept("*", "/")
            if sign is None:
                return left
            left = BINARY[sign](left, self.unary())

    def unary(self):
        if self.accept("-"):
            return Negative(self.unary())
        if self.accept("("):
            inner = self.sum()
            if not self.accept(")"):
                raise SyntaxError("expected )")
            return inner
        kind, value = self.take()
        if kind == "number":
            return Number(value)
        if kind == "name":
            return Name(value)
        raise SyntaxError("unexpected %r" % (value,))


def make_expression(seed, depth):
    seed = (seed * 48271) % 2147483647
    if depth == 0 or seed % 11 == 0:
        return (str(seed % 100) if seed % 3 else "xyz"[seed % 7 % 3]), seed
    left, seed = make_expression(seed, depth - 1)
    right, seed = make_expression(seed, depth - 1)
    text = "%s %s %s" % (left, "+-*/"[seed % 4], right)
    if seed % 5 < 2:
        text = "-(" + text + ")"
    elif seed % 5 < 4:
        text = "(" + text + ")"
    return text, seed


def main(count):
    seed = 7
    total = length = folded_length = errors = 0
    for number in range(count):
        text, seed = make_expression(seed, 6)
        tree = Parser(text).sum()
        folded = tree.fold()
        length += len(str(tree))
        folded_length += len(str(folded))
        for x in range(4):
            names = {"x": x, "y": number % 13, "z": 5}
            value = tree.evaluate(names)
            assert "/" in text or value == folded.evaluate(names)
            total = (total * 31 + value) % 1000000007
        try:
            Parser(text[:-1] + "(").sum()
        except SyntaxError:
            errors += 1
    print(total, length, folded_length, errors)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
