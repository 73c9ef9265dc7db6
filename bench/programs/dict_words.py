# arguments: 4000
# short: 5000 25000
"""Word statistics of a made-up language: dicts, sets, Counter, tuples as keys, sorting by value."""

import sys
from collections import Counter, defaultdict

SIZE = 250000

SYLLABLES = "ka lo mi ren ta vu shi bor dra el fan gu hin jo pel qua ris so tem ul wen xi yar zo".split()


def make_text(length):
    seed = 12345
    words = []
    for _ in range(length):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        # Frequent words are short, as in real languages.
        rank = (seed >> 8) % 2000
        rank = rank * rank // 2000
        word = SYLLABLES[rank % 24]
        while rank >= 24:
            rank //= 24
            word += SYLLABLES[rank % 24]
        words.append(word)
    return words


def main(length):
    words = make_text(length)
    counts = {}
    for word in words:
        if word in counts:
            counts[word] += 1
        else:
            counts[word] = 1
    print(len(counts), sum(counts.values()), max(counts.values()))
    for word, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:5]:
        print(word, count)

    pairs = Counter(zip(words, words[1:]))
    print(sum(pairs.values()), sorted(pairs.items(), key=lambda p: (-p[1], p[0]))[:3])

    by_length = defaultdict(set)
    for word in words:
        by_length[len(word)].add(word)
    print({size: len(group) for size, group in sorted(by_length.items())})

    anagrams = defaultdict(list)
    for word in sorted(counts):
        anagrams["".join(sorted(word))].append(word)
    groups = [group for group in anagrams.values() if len(group) > 1]
    print(len(groups), max(groups, key=lambda group: (len(group), group)))

    followers = {}
    for first, second in zip(words, words[1:]):
        followers.setdefault(first, {}).setdefault(second, []).append(first)
    print(max((len(inner), word) for word, inner in followers.items()))

    first_half, second_half = set(words[: length // 2]), set(words[length // 2 :])
    print(len(first_half & second_half), len(first_half ^ second_half), len(first_half | second_half))

    merged = {**counts, **{word.upper(): count for word, count in counts.items()}}
    for word in list(merged):
        if merged[word] % 2:
            del merged[word]
    print(len(merged), sum(len(word) for word in merged))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
