# arguments: 800
# short: 100 7000
"""Records in a small store: dataclasses, named tuples, enumerations; made, compared, hashed, replaced, sorted, grouped."""

import dataclasses
import enum
import sys
from collections import namedtuple
from dataclasses import dataclass, field
from typing import Dict, List, NamedTuple

SIZE = 80000


class Colour(enum.Enum):
    RED = 1
    GREEN = 2
    BLUE = 3


class Access(enum.IntFlag):
    READ = 1
    WRITE = 2
    RUN = 4


@dataclass(order=True)
class Item:
    weight: int
    name: str
    colour: Colour = field(default=Colour.RED, compare=False)
    tags: List[str] = field(default_factory=list, compare=False, repr=False)

    def heavier(self, amount):
        return dataclasses.replace(self, weight=self.weight + amount)


@dataclass(frozen=True)
class Key:
    group: int
    number: int


@dataclass
class Box:
    items: Dict[Key, Item] = field(default_factory=dict)
    total: int = 0

    def __post_init__(self):
        self.total = sum(item.weight for item in self.items.values())

    def add(self, key, item):
        self.items[key] = item
        self.total += item.weight


Span = namedtuple("Span", "start end label", defaults=["-"])


class Place(NamedTuple):
    row: int
    column: int = 0

    def shifted(self, by):
        return self._replace(column=self.column + by)


def main(count):
    colours = list(Colour)
    box = Box()
    for i in range(count):
        item = Item((i * 37) % 1009, "item %d" % (i % 501), colours[i % 3])
        item.tags.append("t%d" % (i % 4))
        box.add(Key(i % 17, i), item)
    print(len(box.items), box.total)
    print(box.items[Key(5, 22)], Key(1, 2) == Key(1, 2), hash(Key(1, 2)) == hash(Key(1, 2)))
    items = sorted(box.items.values())
    print(items[0], items[-1], min(items) < max(items))
    heavier = [item.heavier(i % 5) for i, item in enumerate(items[: count // 2])]
    print(sum(item.weight for item in heavier), sum(a == b for a, b in zip(items, heavier)))

    groups = {}
    for key, item in box.items.items():
        groups.setdefault((item.colour, key.group % 3), []).append(item.weight)
    for (colour, group), weights in sorted(groups.items(), key=lambda pair: (pair[0][0].value, pair[0][1])):
        print(colour.name, group, len(weights), sum(weights))

    spans = [Span(i % 100, i % 100 + i % 7) for i in range(count)]
    covered = 0
    for start, end, label in spans:
        covered += end - start
    print(covered, spans[10], sum(span.end for span in spans), max(spans))
    place = Place(1)
    for _ in range(count // 4):
        place = place.shifted(2)
    print(place, place == (1, place.column))

    access = Access(0)
    changes = 0
    for i in range(count // 8):
        access ^= Access.WRITE if i % 2 else Access.READ | Access.RUN
        changes += Access.READ in access
    print(int(access), changes, Colour(2), Colour["BLUE"].value)
    try:
        dataclasses.replace(Key(1, 2)).group = 3
    except dataclasses.FrozenInstanceError as error:
        print(error)
    print(dataclasses.asdict(Box({}, 5)), dataclasses.astuple(items[3])[:2])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
