"""What a call costs beside NumPy's own: `python -m bench calling`, from the root.

A model 32 -> 16 softmax on one row, as it is called and compiled, and `np.add` on 32 floats, all in
one process: what is left of a call when there is next to nothing to compute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

import kgraph as kg
from bench.measure import ROUNDS, Timing, compare
from bench.report import number, table

UNIT = "np.add of 32 floats"


def main(arguments: Sequence[str] = ()) -> None:
    print("\n".join(table(rows(compare(calls(), ROUNDS)))))


def calls() -> dict[str, Callable[[], Any]]:
    """The calls, each by its row of the table; results are allocated anew, as a user's are."""
    x = kg.Input((32,))
    model = kg.Model(x, kg.layers.Dense(16, activation="softmax")(x))
    compiled = kg.compile(model, threads=1)
    a, b = np.random.default_rng(0).standard_normal((2, 32)).astype(np.float32)
    row, out = a[None], np.empty((1, 16), np.float32)
    return {
        UNIT: lambda: np.add(a, b),
        "compiled(row)": lambda: compiled(row),
        "compiled(row, out=out)": lambda: compiled(row, out=out),
        "model(row)": lambda: model(row),
    }


def rows(measured: Mapping[str, Timing]) -> Iterator[list[str]]:
    yield ["", "us", "quartiles", f"times {UNIT}"]
    unit = measured[UNIT].median_us
    for name, found in measured.items():
        quartiles = f"{number(found.q1_us)} - {number(found.q3_us)}"
        yield [name, number(found.median_us), quartiles, f"{found.median_us / unit:.2f}"]
