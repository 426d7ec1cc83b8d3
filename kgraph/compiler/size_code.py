"""Sizes as code: what the executor evaluates when a batch is bound.

Slots hold first the sizes of the plan, then the symbols, then parts of expressions.  The code is a
row of numbers: for each slot, in an order in which they can be computed,

    slot, 0, terms, (coefficient, factors, slot ...) ...     a polynomial
    slot, 1, function, slot, slot                            max, min, div, bcast
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kgraph.types.dims import Atom, Dim, Size
from kgraph.types.errors import ShapeError, message

FUNCTIONS = {"max": 0, "min": 1, "div": 2, "bcast": 3}


def encode(sizes: Sequence[Size], symbols: Sequence[str]) -> tuple[np.ndarray, int]:
    """The code for ``sizes``, and the number of slots it needs.

    Errors    ShapeError for numbers of more than 64 bits
    """
    encoder = _Encoder(len(sizes), symbols)
    for slot, size in enumerate(sizes):
        encoder.write(slot, size)
    try:
        return np.array(encoder.code, np.int64), encoder.count
    except OverflowError:
        raise ShapeError(
            message(
                "a size of this graph does not fit 64 bits",
                received=str(max(sizes, key=_greatest)),
                hint="no memory holds an array of that many bytes: make it smaller",
            )
        ) from None


def _greatest(size: Size) -> int:
    """The greatest number in a size."""
    numbers = [size] if isinstance(size, int) else [number for _, number in size.terms]
    return max(map(abs, numbers))


class _Encoder:
    def __init__(self, first: int, symbols: Sequence[str]) -> None:
        self.slots = {Atom(name): first + i for i, name in enumerate(symbols)}
        self.count = first + len(symbols)
        self.code: list[int] = []

    def write(self, slot: int, size: Size) -> None:
        terms = size.terms if isinstance(size, Dim) else (((), size),)
        factors = [[self._atom(atom) for atom in monomial] for monomial, _ in terms]
        self.code += [slot, 0, len(terms)]
        for slots, (_, coefficient) in zip(factors, terms, strict=True):
            self.code += [coefficient, len(slots), *slots]

    def _atom(self, atom: Atom) -> int:
        if atom not in self.slots:
            args = [self._part(arg) for arg in atom.args]
            self.slots[atom] = self._new()
            self.code += [self.slots[atom], 1, FUNCTIONS[atom.fn], *args]
        return self.slots[atom]

    def _part(self, size: Size) -> int:
        slot = self._new()
        self.write(slot, size)
        return slot

    def _new(self) -> int:
        self.count += 1
        return self.count - 1
