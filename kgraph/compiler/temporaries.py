"""Temporaries of a program: in which order it runs, so that few blocks of scratch hold them.

    a = exp(x)    b = tanh(x)   c = sin(x)    d = mul(b, c)   e = sub(a, d)
    →
    b = tanh(x)   c = sin(x)    d = mul(b, c)   a = exp(x)    e = sub(a, d)

Here two values live at a time, not three: d is written over b, and a where c was.

Every temporary takes one block, whatever it holds.  For a given order a linear scan is as good as
any way to share blocks out: it takes a new one only when all are in use, so it takes as many as
hold something at once, and with fewer no one could do.  What is left to choose is the order.

The orders that ``schedule.py`` tries for regions are tried here, and then a search for one that
takes a block less, again and again.  It is exact for small programs; in others it gives up after
``_TRIES``, and the best order so far stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kgraph.compiler.flow import Flow, Value
from kgraph.compiler.schedule import orders

_TRIES = 4096  # of an instruction, a microsecond each; eight instructions never need so many


@dataclass(frozen=True)
class Access:
    """What one instruction does to temporaries, which are known by numbers.

    ``over`` are those of ``reads`` in whose block the result may be written, if they die;
    ``after`` are the numbers of the instructions that must run before this one; ``rooms`` are
    blocks that it needs for itself while it runs.
    """

    makes: int | None
    reads: tuple[int, ...]
    over: tuple[int, ...]
    after: tuple[int, ...]
    rooms: tuple[int, ...] = ()


def best_order(program: Sequence[Access]) -> list[int]:
    """Of the orders that are tried, the one that takes the fewest blocks; of equals the given."""
    given = list(range(len(program)))
    best = min((given, *orders(_flow(program))), key=lambda order: block_count(program, order))
    while limit := block_count(program, best):
        found = _Search(program, limit - 1).run()
        if found is None:
            break
        best = found
    return best


def block_count(program: Sequence[Access], order: Sequence[int]) -> int:
    """How many blocks the temporaries take in this order."""
    return max(blocks(program, order).values(), default=-1) + 1


def blocks(program: Sequence[Access], order: Sequence[int]) -> dict[int, int]:
    """The block of each temporary: a linear scan."""
    last = {read: at for at, number in enumerate(order) for read in program[number].reads}
    found: dict[int, int] = {}
    free: list[int] = []
    count = 0
    for at, number in enumerate(order):
        access = program[number]
        dying = [read for read in access.reads if last[read] == at]
        over = next((read for read in dying if read in access.over), None)
        needed = list(access.rooms)
        if access.makes is not None and over is not None:
            found[access.makes] = found[over]
            dying.remove(over)
        elif access.makes is not None:
            needed.insert(0, access.makes)
        for temporary in needed:
            if not free:
                free.append(count)
                count += 1
            found[temporary] = free.pop()
        made = () if access.makes is None else (access.makes,)
        free += [found[temporary] for temporary in (*access.rooms, *made) if temporary not in last]
        free += [found[read] for read in dying]
    return found


def _flow(program: Sequence[Access]) -> Flow:
    """The program as ``schedule`` sees regions: each temporary a value of one byte."""
    number_of = {access.makes: at for at, access in enumerate(program) if access.makes is not None}
    readers: dict[int, list[int]] = {made: [] for made in number_of}
    for at, access in enumerate(program):
        for read in access.reads:
            readers[read].append(at)
    place = {made: value for value, made in enumerate(number_of)}
    return Flow(
        tuple(Value(number_of[made], 1, tuple(readers[made])) for made in number_of),
        tuple(tuple(place[read] for read in access.reads) for access in program),
        tuple(() if access.makes is None else (place[access.makes],) for access in program),
        tuple(access.after for access in program),
    )


# -- the search ----------------------------------------------------------------------------------


class _Search:
    """For an order that takes at most ``limit`` blocks; sets of instructions are bits of a number.

    Depth first.  An instruction that leaves no more alive than it found runs at once: whatever
    comes later has as much room then, and may be written over as much.  Only where every one would
    leave more alive are all of them tried.
    """

    def __init__(self, program: Sequence[Access], limit: int) -> None:
        self.program = program
        self.limit = limit
        self.tries = 0
        self.needs = [_bits(access.after) for access in program]
        self.readers: dict[int | None, int] = {}
        for number, access in enumerate(program):
            for read in access.reads:
                self.readers[read] = self.readers.get(read, 0) | 1 << number

    def run(self) -> list[int] | None:
        """Such an order; None if there is none, or if it is not found in time."""
        stack: list[tuple[int, ...]] = [()]
        seen: set[int] = set()
        while stack and self.tries < _TRIES:
            order = stack.pop()
            if _bits(order) in seen:
                continue
            seen.add(_bits(order))
            order, growing = self._carried_on(order)
            if len(order) == len(self.program):
                return list(order)
            stack += [(*order, number) for number in reversed(growing)]
        return None

    def _carried_on(self, order: tuple[int, ...]) -> tuple[tuple[int, ...], list[int]]:
        """The order with all that can run at once behind it, and what may run next."""
        done = _bits(order)
        live = sum(self._is_live(self.program[number].makes, done) for number in order)
        waiting = [number for number in range(len(self.program)) if not done >> number & 1]
        while True:
            growing = []
            for number in waiting:
                growth = self._growth(number, done, live)
                if growth is not None and growth <= 0:
                    break
                if growth is not None:
                    growing.append(number)
            else:
                return order, growing
            order, done, live = (*order, number), done | 1 << number, live + growth
            waiting.remove(number)

    def _growth(self, number: int, done: int, live: int) -> int | None:
        """How many more temporaries it leaves alive; None if it must wait, or has no room."""
        self.tries += 1
        if self.needs[number] & ~done:
            return None
        access = self.program[number]
        done |= 1 << number
        dying = {read for read in access.reads if not self._is_live(read, done)}
        made = access.makes is not None and dying.isdisjoint(access.over)
        if live + made + len(access.rooms) > self.limit:
            return None
        return self._is_live(access.makes, done) - len(dying)

    def _is_live(self, temporary: int | None, done: int) -> bool:
        """Whether someone has yet to read it."""
        return bool(self.readers.get(temporary, 0) & ~done)


def _bits(numbers: Sequence[int]) -> int:
    found = 0
    for number in numbers:
        found |= 1 << number
    return found
