# arguments: 8000
# short: 3000 11500
"""A trie of made-up words: nodes with dicts of children, prefix search, patterns with wildcards, boggle on a board."""

import sys

SIZE = 100000


class Node:
    __slots__ = ("children", "word", "count")

    def __init__(self):
        self.children = {}
        self.word = None
        self.count = 0


class Trie:
    def __init__(self):
        self.root = Node()
        self.nodes = 1

    def insert(self, word):
        node = self.root
        for letter in word:
            child = node.children.get(letter)
            if child is None:
                child = node.children[letter] = Node()
                self.nodes += 1
            child.count += 1
            node = child
        node.word = word

    def find(self, prefix):
        node = self.root
        for letter in prefix:
            node = node.children.get(letter)
            if node is None:
                return None
        return node

    def __contains__(self, word):
        node = self.find(word)
        return node is not None and node.word is not None

    def words(self, node=None):
        node = node or self.root
        if node.word is not None:
            yield node.word
        for letter in sorted(node.children):
            yield from self.words(node.children[letter])

    def match(self, pattern, node=None):
        """Words that fit a pattern in which ? is any letter and * any run of letters."""
        node = node or self.root
        if not pattern:
            return {node.word} if node.word is not None else set()
        letter, rest = pattern[0], pattern[1:]
        if letter == "*":
            found = self.match(rest, node)
            for child in node.children.values():
                found |= self.match(pattern, child)
            return found
        if letter == "?":
            return set().union(*(self.match(rest, child) for child in node.children.values()))
        child = node.children.get(letter)
        return self.match(rest, child) if child is not None else set()


def make_words(count):
    seed = 17
    for _ in range(count):
        word = []
        seed = (seed * 16807) % 2147483647
        for i in range(seed % 5 + 3):
            seed = (seed * 16807) % 2147483647
            word.append(("aeiou" if i % 2 else "bdklmnrst")[(seed >> 7) % (5 if i % 2 else 9)])
        yield "".join(word)


def boggle(trie, board):
    height, width = len(board), len(board[0])
    found = set()

    def visit(row, column, node, used):
        node = node.children.get(board[row][column])
        if node is None:
            return
        if node.word is not None:
            found.add(node.word)
        used.add((row, column))
        for r in range(max(0, row - 1), min(height, row + 2)):
            for c in range(max(0, column - 1), min(width, column + 2)):
                if (r, c) not in used:
                    visit(r, c, node, used)
        used.discard((row, column))

    for row in range(height):
        for column in range(width):
            visit(row, column, trie.root, set())
    return found


def main(count):
    trie = Trie()
    words = list(make_words(count))
    for word in words:
        trie.insert(word)
    print(len(set(words)), trie.nodes, trie.find("ba").count)
    print(sum(word[::-1] in trie for word in words), sum(word[:-1] in trie for word in words))
    ordered = list(trie.words())
    print(len(ordered), ordered == sorted(set(words)), ordered[count // 5])
    for pattern in ("ba*", "?a?e?", "*mil*", "*t?n*", "s*s?*"):
        found = trie.match(pattern)
        print(pattern, len(found), min(found))
    board = ["bakelimo", "tiduroso", "namelika", "sorenute", "dimabora", "kelotani"]
    found = boggle(trie, board)
    print(len(found), max(found, key=lambda word: (len(word), word)))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
