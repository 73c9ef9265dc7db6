# arguments: 100
# short: 200 400
"""Tables filled row by row: knapsack, edit distance, longest common subsequence, matrix chains, coins; one by memory of past calls."""

import functools
import sys

SIZE = 1100


def knapsack(items, capacity):
    best = [0] * (capacity + 1)
    for weight, value in items:
        for room in range(capacity, weight - 1, -1):
            candidate = best[room - weight] + value
            if candidate > best[room]:
                best[room] = candidate
    return best[capacity]


def edit_distance(a, b):
    previous = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        current = [i]
        for j, y in enumerate(b, 1):
            current.append(min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (x != y)))
        previous = current
    return previous[-1]


def common_subsequence(a, b):
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(len(a)):
        for j in range(len(b)):
            if a[i] == b[j]:
                table[i + 1][j + 1] = table[i][j] + 1
            else:
                table[i + 1][j + 1] = max(table[i][j + 1], table[i + 1][j])
    result = []
    i, j = len(a), len(b)
    while i and j:
        if a[i - 1] == b[j - 1]:
            result.append(a[i - 1])
            i -= 1
            j -= 1
        elif table[i - 1][j] >= table[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return "".join(reversed(result))


def matrix_chain(sizes):
    count = len(sizes) - 1
    cost = {(i, i): 0 for i in range(count)}
    for length in range(2, count + 1):
        for i in range(count - length + 1):
            j = i + length - 1
            cost[i, j] = min(cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1] for k in range(i, j))
    return cost[0, count - 1]


def ways_to_pay(amount, coins):
    ways = [1] + [0] * amount
    for coin in coins:
        for total in range(coin, amount + 1):
            ways[total] += ways[total - coin]
    return ways[amount]


def main(size):
    items = [(i * 37 % 61 + 5, i * 53 % 97 + 1) for i in range(size // 6)]
    print(knapsack(items, size * 4))
    a = "".join("acgt"[i * i // 7 % 4] for i in range(size))
    b = "".join("acgt"[(i * i + i) // 5 % 4] for i in range(size))
    print(edit_distance(a, b))
    shared = common_subsequence(a, b)
    print(len(shared), shared[:30])
    print(matrix_chain([i * 29 % 43 + 3 for i in range(size // 8)]))
    print(ways_to_pay(size * 100, [1, 2, 5, 10, 20, 50, 100, 200]))

    @functools.lru_cache(maxsize=None)
    def partitions(total, largest):
        if total == 0:
            return 1
        if largest == 0:
            return 0
        result = partitions(total, largest - 1)
        if largest <= total:
            result += partitions(total - largest, largest)
        return result

    print(partitions(size // 8, size // 8), partitions.cache_info().currsize)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
