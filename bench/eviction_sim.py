#!/usr/bin/env python3
"""Hit rates of the eviction policies on generated build traces.

A trace is what a team does to one cache: a repository of targets with a
dependency graph, commits that change some of them and so rename everything
above, builds of the newest commit, of branches, of older commits, and nightly
builds whose artefacts nobody asks for again. The policies work as
cache/eviction_order.cpp orders blobs; FIFO, S3-FIFO and the best that any policy
could do (Belady, which knows the future) stand beside them.

    bench/eviction_sim.py [--days 30] [--targets 300] [--seed 1]
"""
import argparse
import collections
import heapq
import random

DAY = 86_400_000_000  # microseconds, as ticks are


def make_trace(kind, days, targets, seed):
    """Builds as lists of (tick, key, size); a miss stores what was built."""
    rng = random.Random(f"{kind}-{seed}")
    depends = [rng.sample(range(i), min(i, rng.randint(0, 3))) for i in range(targets)]
    size = [int(rng.lognormvariate(11, 1.6)) + 500 for _ in range(targets)]
    weight = [1 / (1 + rng.randrange(targets)) for _ in range(targets)]
    hashes = list(range(targets))
    commits, fresh, trace = [], targets, []
    per_day = 40

    def change(base, count):
        nonlocal fresh
        keys = list(base)
        dirty = set(rng.choices(range(targets), weights=weight, k=count))
        for target in range(targets):
            if target in dirty or any(d in dirty for d in depends[target]):
                dirty.add(target)
                keys[target] = fresh
                fresh += 1
        return keys

    def build(tick, keys):
        for offset, target in enumerate(range(targets)):
            trace.append((tick + offset, keys[target], size[target]))

    commits.append(hashes)
    for step in range(days * per_day):
        tick = step * DAY // per_day
        if rng.random() < 0.4:
            commits.append(change(commits[-1], 1))
        draw = rng.random()
        if kind == "branches" and draw < 0.5:
            # Somebody goes on with work that began some commits ago.
            back = min(len(commits) - 1, int(rng.expovariate(1 / 15)))
            build(tick, change(commits[-1 - back], 1) if rng.random() < 0.5 else commits[-1 - back])
        else:
            build(tick, commits[-1])
        if kind == "nightly" and step % per_day == per_day - 1:
            build(tick + targets, change(commits[-1], targets))  # nothing of it comes again
    return trace


class Ordered:
    """Places as in cache/eviction_order.cpp: the smallest goes first."""

    def __init__(self, budget, place):
        self.budget, self.place = budget, place
        self.used, self.records, self.heap = 0, {}, []

    def lookup(self, tick, key):
        record = self.records.get(key)
        if record is None:
            return False
        record[1] += 1
        record[0] = max(record[0], self.place(tick, record[1]))
        return True

    def first(self):
        while self.heap:
            order, key = self.heap[0]
            record = self.records.get(key)
            if record is None or record[0] == order:
                return order if record else (heapq.heappop(self.heap), self.first())[1]
            heapq.heapreplace(self.heap, (record[0], key))  # used meanwhile
        return 0

    def store(self, tick, key, size):
        while self.records and self.used + size > self.budget:
            self.first()
            _, victim = heapq.heappop(self.heap)
            self.used -= self.records.pop(victim)[2]
        order = max(self.place(tick, 1), self.first() + 1 if self.heap else 0)
        self.records[key] = [order, 1, size]
        heapq.heappush(self.heap, (order, key))
        self.used += size


def lru(budget):
    return Ordered(budget, lambda tick, uses: tick)


def lfu(budget):
    return Ordered(budget, lambda tick, uses: tick + DAY * uses.bit_length())


class Fifo:
    """Also the ttl policy: the oldest goes first."""

    def __init__(self, budget):
        self.budget, self.used, self.queue = budget, 0, collections.OrderedDict()

    def lookup(self, _, key):
        return key in self.queue

    def store(self, _, key, size):
        while self.queue and self.used + size > self.budget:
            self.used -= self.queue.popitem(last=False)[1]
        self.queue[key] = size
        self.used += size


class S3Fifo:
    """Yang et al., SOSP 2023: a small queue of a tenth, a main queue, a ghost queue."""

    def __init__(self, budget):
        self.small_budget, self.budget = budget // 10, budget
        self.small, self.main = collections.OrderedDict(), collections.OrderedDict()
        self.ghost, self.uses = collections.OrderedDict(), {}
        self.small_used = self.main_used = self.ghost_used = 0

    def lookup(self, _, key):
        if key not in self.uses:
            return False
        self.uses[key] = min(3, self.uses[key] + 1)
        return True

    def evict_small(self):
        key, size = self.small.popitem(last=False)
        self.small_used -= size
        if self.uses[key] > 0:
            self.uses[key] = 0
            self.main[key] = size
            self.main_used += size
            return
        del self.uses[key]
        self.ghost[key] = size
        self.ghost_used += size
        while self.ghost_used > self.budget:
            self.ghost_used -= self.ghost.popitem(last=False)[1]

    def evict_main(self):
        key, size = self.main.popitem(last=False)
        if self.uses[key] > 0:
            self.uses[key] -= 1
            self.main[key] = size
            return
        self.main_used -= size
        del self.uses[key]

    def store(self, _, key, size):
        while self.uses and self.small_used + self.main_used + size > self.budget:
            if self.small and (self.small_used >= self.small_budget or not self.main):
                self.evict_small()
            else:
                self.evict_main()
        self.uses[key] = 0
        if key in self.ghost:
            self.ghost_used -= self.ghost.pop(key)
            self.main[key] = size
            self.main_used += size
        else:
            self.small[key] = size
            self.small_used += size


def run(cache, trace):
    hits = 0
    for tick, key, size in trace:
        if cache.lookup(tick, key):
            hits += 1
        else:
            cache.store(tick, key, size)
    return hits / len(trace)


def belady(trace, budget):
    later = {}
    next_use = [0] * len(trace)
    for i in range(len(trace) - 1, -1, -1):
        next_use[i] = later.get(trace[i][1], len(trace) + i)
        later[trace[i][1]] = i
    held, heap, used, hits = {}, [], 0, 0
    for i, (_, key, size) in enumerate(trace):
        if key in held:
            hits += 1
        else:
            while held and used + size > budget:
                negative, victim = heapq.heappop(heap)
                if held.get(victim, (None,))[0] == -negative:
                    used -= held.pop(victim)[1]
            used += size
        held[key] = (next_use[i], size)
        heapq.heappush(heap, (-next_use[i], key))
    return hits / len(trace)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--targets", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    policies = {"lru": lru, "lfu": lfu, "fifo, ttl": Fifo, "S3-FIFO": S3Fifo}
    print("| trace, budget | " + " | ".join(policies) + " | best possible |")
    print("|---|" + "---|" * (len(policies) + 1))
    for kind in ("main", "branches", "nightly"):
        trace = make_trace(kind, arguments.days, arguments.targets, arguments.seed)
        everything = sum({key: size for _, key, size in trace}.values())
        for percent in (2, 5, 10, 25):
            budget = everything * percent // 100
            rates = [run(make(budget), trace) for make in policies.values()]
            rates.append(belady(trace, budget))
            print(f"| {kind}, {percent} % | " + " | ".join(f"{r:.1%}" for r in rates) + " |")


if __name__ == "__main__":
    main()
