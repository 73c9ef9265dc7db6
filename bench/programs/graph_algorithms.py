# arguments: 500
# short: 1400 5000
"""Graphs: Dijkstra with a heap, breadth-first search, components by union-find, spanning tree, topological order, strong components."""

import heapq
import sys
from collections import deque

SIZE = 50000


def make_graph(size):
    seed = 3
    graph = {node: [] for node in range(size)}
    for node in range(size):
        for _ in range(4):
            seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
            other = (node + (seed >> 8) % (size // 10) + 1) % size
            graph[node].append((other, (seed >> 4) % 100 + 1))
    return graph


def dijkstra(graph, start):
    distances = {start: 0}
    heap = [(0, start)]
    settled = set()
    while heap:
        distance, node = heapq.heappop(heap)
        if node in settled:
            continue
        settled.add(node)
        for other, weight in graph[node]:
            candidate = distance + weight
            if other not in distances or candidate < distances[other]:
                distances[other] = candidate
                heapq.heappush(heap, (candidate, other))
    return distances


def levels(graph, start):
    depth = {start: 0}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        for other, _ in graph[node]:
            if other not in depth:
                depth[other] = depth[node] + 1
                queue.append(other)
    return depth


class Partition:
    def __init__(self, size):
        self.parent = list(range(size))
        self.rank = [0] * size

    def find(self, node):
        while self.parent[node] != node:
            self.parent[node] = self.parent[self.parent[node]]
            node = self.parent[node]
        return node

    def join(self, a, b):
        a, b = self.find(a), self.find(b)
        if a == b:
            return False
        if self.rank[a] < self.rank[b]:
            a, b = b, a
        self.parent[b] = a
        self.rank[a] += self.rank[a] == self.rank[b]
        return True


def spanning_tree(graph):
    edges = sorted((weight, node, other) for node, targets in graph.items() for other, weight in targets)
    partition = Partition(len(graph))
    return sum(weight for weight, node, other in edges if partition.join(node, other))


def strong_components(graph):
    """Tarjan's algorithm with a stack of its own."""
    index, low, on_stack, stack, sizes = {}, {}, set(), [], []
    for root in graph:
        if root in index:
            continue
        work = [(root, iter(graph[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, targets = work[-1]
            for other, _ in targets:
                if other not in index:
                    index[other] = low[other] = len(index)
                    stack.append(other)
                    on_stack.add(other)
                    work.append((other, iter(graph[other])))
                    break
                if other in on_stack:
                    low[node] = min(low[node], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    size = 0
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        size += 1
                        if member == node:
                            break
                    sizes.append(size)
    return sizes


def topological_order(graph):
    forward = {node: [other for other, _ in targets if other > node] for node, targets in graph.items()}
    incoming = dict.fromkeys(graph, 0)
    for targets in forward.values():
        for other in targets:
            incoming[other] += 1
    ready = deque(node for node, count in incoming.items() if count == 0)
    order = []
    while ready:
        node = ready.popleft()
        order.append(node)
        for other in forward[node]:
            incoming[other] -= 1
            if incoming[other] == 0:
                ready.append(other)
    return order


def main(size):
    graph = make_graph(size)
    distances = dijkstra(graph, 0)
    farthest = max(distances, key=lambda node: (distances[node], node))
    print(len(distances), farthest, distances[farthest])
    depth = levels(graph, size // 2)
    print(len(depth), max(depth.values()), sum(depth.values()))
    print(spanning_tree(graph))
    sparse = {node: targets[:1] for node, targets in graph.items()}
    components = strong_components(sparse)
    print(len(components), max(components), len(strong_components(graph)))
    order = topological_order(graph)
    print(len(order), order[size // 3])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)
