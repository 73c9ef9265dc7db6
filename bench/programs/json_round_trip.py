# arguments: 80
# short: 120 700
"""JSON written and read back, by the standard library and by a parser of our own in Python."""

import json
import sys

SIZE = 10000


def make_orders(count):
    orders = []
    for number in range(count):
        items = [
            {"sku": "A-%05d" % ((number * 7 + k * 131) % 99991), "quantity": k % 5 + 1, "price": ((number + k) % 1000) / 8, "tags": ["t%d" % k, "é"]}
            for k in range(number % 6 + 1)
        ]
        order = {"id": number, "customer": {"name": "Customer \"%d\"\n" % (number % 97), "vip": number % 3 == 0}, "items": items, "note": None}
        orders.append(order)
    return orders


class Reader:
    """A recursive-descent parser, a character at a time where the standard one has a scanner in C."""

    ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", '"': '"', "\\": "\\", "/": "/"}

    def __init__(self, text):
        self.text = text
        self.place = 0

    def skip(self):
        while self.text[self.place] in " \t\r\n":
            self.place += 1

    def value(self):
        self.skip()
        character = self.text[self.place]
        if character == "{":
            return self.members()
        if character == "[":
            return self.elements()
        if character == '"':
            return self.string()
        for word, value in (("null", None), ("true", True), ("false", False)):
            if self.text.startswith(word, self.place):
                self.place += len(word)
                return value
        return self.number()

    def members(self):
        result = {}
        self.place += 1
        self.skip()
        while self.text[self.place] != "}":
            self.skip()
            key = self.string()
            self.skip()
            self.place += 1
            result[key] = self.value()
            self.skip()
            if self.text[self.place] == ",":
                self.place += 1
        self.place += 1
        return result

    def elements(self):
        result = []
        self.place += 1
        self.skip()
        while self.text[self.place] != "]":
            result.append(self.value())
            self.skip()
            if self.text[self.place] == ",":
                self.place += 1
        self.place += 1
        return result

    def string(self):
        self.place += 1
        parts = []
        while True:
            character = self.text[self.place]
            self.place += 1
            if character == '"':
                return "".join(parts)
            if character == "\\":
                escape = self.text[self.place]
                self.place += 1
                if escape == "u":
                    parts.append(chr(int(self.text[self.place : self.place + 4], 16)))
                    self.place += 4
                else:
                    parts.append(self.ESCAPES[escape])
            else:
                parts.append(character)

    def number(self):
        start = self.place
        while self.place < len(self.text) and self.text[self.place] in "+-0123456789.eE":
            self.place += 1
        digits = self.text[start : self.place]
        return int(digits) if digits.lstrip("-").isdigit() else float(digits)


def main(count):
    orders = make_orders(count)
    compact = json.dumps(orders, separators=(",", ":"))
    print(len(compact))
    again = json.loads(compact)
    print(again == orders)
    pretty = json.dumps(again, indent=2, sort_keys=True, ensure_ascii=False)
    print(len(pretty), pretty.count("\n"))
    print(json.loads(pretty) == orders)
    some = json.dumps(orders[: count // 8])
    print(Reader(some).value() == orders[: count // 8])
    total = sum(item["quantity"] * item["price"] for order in again if order["customer"]["vip"] for item in order["items"])
    print(total)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
