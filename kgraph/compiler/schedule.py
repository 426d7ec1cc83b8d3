"""Pass ``schedule``: in which order regions run, so that few bytes live at a time.

    a = wide(x)    b = wide(y)    c = narrow(a)    d = narrow(b)    return c + d
    →
    a, c, b, d, c + d           one wide value lives at a time, not two

The best order is a hard problem, so several are made and the one with the smallest peak is taken:

    greedy      what grows memory least runs next
    backward    the same from the end: what grows it least, seen from there, runs last
    by depth    operands before their reader, those that need most room first; on trees no order
                that finishes a branch before it begins another has a smaller peak
                (Liu, On optimal tree traversals for sparse matrix factorization)
    as fused    the order of the graph

Equal peaks go to the first of them.  A plan serves batches of all sizes, so if several of them vary
apart from one another, rows and the items in them, an order is made for each of a few batches
(``flow.size_samples``), and the one is taken that is nowhere far from the smallest peak.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from operator import truediv

from kgraph.compiler.flow import Flow, Value, flow_of, size_samples
from kgraph.compiler.kernels import Fused


def schedule(fused: Fused) -> Fused:
    """Order the regions so that as few bytes as possible are live at a time."""
    samples = size_samples(node for region in fused.regions for node in region.nodes)
    order = best_order([flow_of(fused, sizes) for sizes in samples])
    return Fused(fused.graph, [fused.regions[number] for number in order])


def best_order(flows: Sequence[Flow]) -> list[int]:
    """Of the orders that are tried the one whose peaks exceed the smallest by the least factor;
    ``flows`` are the same regions with other bytes."""
    tried = list({tuple(order): order for flow in flows for order in orders(flow)}.values())
    peaks = [[max(1, peak(flow, order)) for flow in flows] for order in tried]
    least = [min(of_flow) for of_flow in zip(*peaks, strict=True)]

    excess = [max(map(truediv, of_order, least)) for of_order in peaks]
    return tried[excess.index(min(excess))]


def peak(flow: Flow, order: Sequence[int]) -> int:
    """The most bytes that live at a time."""
    left = [len(value.readers) for value in flow.values]
    live = most = 0
    for number in order:
        live += sum(flow.values[v].bytes for v in flow.makes[number])
        most = max(most, live)
        for v in flow.reads[number]:
            left[v] -= 1
        dead = [v for v in (*flow.reads[number], *flow.makes[number]) if left[v] == 0]
        live -= sum(flow.values[v].bytes for v in dead)
    return most


def orders(flow: Flow) -> Iterator[list[int]]:
    """The orders that are tried."""
    yield greedy(flow)
    yield backward(flow)
    yield by_depth(flow)
    yield list(range(len(flow.needs)))


def greedy(flow: Flow) -> list[int]:
    """Run what grows memory least, among the regions that may run."""
    left = [len(value.readers) for value in flow.values]
    growth = [sum(flow.values[v].bytes for v in made if left[v]) for made in flow.makes]
    for value in flow.values:
        if len(value.readers) == 1:
            growth[value.readers[0]] -= value.bytes
    queue = _Queue(growth, flow.needs, _transposed(flow.needs))
    for number in queue:
        for v in flow.reads[number]:
            left[v] -= 1
            if left[v] == 1:  # whoever reads it now frees it
                queue.change(_waiting(queue, flow.values[v]), -flow.values[v].bytes)
    return queue.order


def _waiting(queue: _Queue, value: Value) -> int:
    return next(number for number in value.readers if not queue.done[number])


def backward(flow: Flow) -> list[int]:
    """As ``greedy``, from the last region to the first: seen from there, what a region reads comes
    to life and what it makes dies."""
    growth = [
        sum(flow.values[v].bytes for v in read) - sum(flow.values[v].bytes for v in made)
        for read, made in zip(flow.reads, flow.makes, strict=True)
    ]
    live = [False] * len(flow.values)
    # of equals the later one runs last
    queue = _Queue(growth, _transposed(flow.needs), flow.needs, sign=-1)
    for number in queue:
        for v in flow.reads[number]:
            if not live[v]:
                live[v] = True
                for reader in flow.values[v].readers:
                    queue.change(reader, -flow.values[v].bytes)
    return queue.order[::-1]


def _transposed(needs: Sequence[Sequence[int]]) -> list[list[int]]:
    users: list[list[int]] = [[] for _ in needs]
    for number, others in enumerate(needs):
        for other in others:
            users[other].append(number)
    return users


class _Queue:
    """Hands out regions that wait for no other, the one that grows memory least first."""

    def __init__(
        self,
        growth: list[int],
        needs: Sequence[Sequence[int]],
        users: Sequence[Sequence[int]],
        sign: int = 1,
    ) -> None:
        self.growth = growth
        self.users = users
        self.sign = sign
        self.missing = [len(others) for others in needs]
        self.done = [False] * len(needs)
        self.order: list[int] = []
        self.heap: list[tuple[int, int]] = []
        for number, count in enumerate(self.missing):
            if count == 0:
                self._push(number)

    def _push(self, number: int) -> None:
        heappush(self.heap, (self.growth[number], self.sign * number))

    def change(self, number: int, by: int) -> None:
        self.growth[number] += by
        if self.missing[number] == 0 and not self.done[number]:
            self._push(number)

    def __iter__(self) -> Iterator[int]:
        while self.heap:
            growth, signed = heappop(self.heap)
            number = signed * self.sign
            if self.done[number] or growth != self.growth[number]:  # what it was before a change
                continue
            self.done[number] = True
            self.order.append(number)
            yield number
            for user in self.users[number]:
                self.missing[user] -= 1
                if self.missing[user] == 0:
                    self._push(user)


def by_depth(flow: Flow) -> list[int]:
    """Operands before their reader, those first that need most room beyond what they leave."""
    kept = [
        sum(flow.values[v].bytes for v in made if flow.values[v].readers) for made in flow.makes
    ]
    whole = [sum(flow.values[v].bytes for v in made) for made in flow.makes]
    room: list[int] = []
    operands: list[list[int]] = []
    for number, others in enumerate(flow.needs):  # regions come after those that they need
        ordered = sorted(others, key=lambda other: (kept[other] - room[other], other))
        held = most = 0
        for other in ordered:
            most = max(most, held + room[other])
            held += kept[other]
        room.append(max(most, held + whole[number]))
        operands.append(ordered)
    return _postorder(operands, _transposed(flow.needs))


def _postorder(operands: Sequence[Sequence[int]], users: Sequence[Sequence[int]]) -> list[int]:
    order: list[int] = []
    done = [False] * len(operands)
    stack = [(number, False) for number in range(len(operands))[::-1] if not users[number]]
    while stack:
        number, ready = stack.pop()
        if done[number]:
            continue
        if ready:
            done[number] = True
            order.append(number)
            continue
        stack.append((number, True))
        stack.extend((other, False) for other in operands[number][::-1])
    return order
