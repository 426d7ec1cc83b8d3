"""What it costs to compile: `python -m bench compiling`, from the root.

Chains of more and more nodes; microseconds per node stay level if the compiler is linear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import kgraph as kg
from bench.measure import Timing, compare
from bench.report import table
from kgraph import ops

NODES = (25, 50, 100, 200, 400, 800)
ROUNDS = 7


def elementwise(nodes: int) -> kg.Model:
    """``tanh(x + 1)`` of itself."""
    x = value = kg.Input((8,))
    for _ in range(nodes // 2):
        value = ops.tanh(value + 1.0)
    return kg.Model(x, value)


def layers(nodes: int) -> kg.Model:
    """Dense layers, each a product, a bias and an activation."""
    x = value = kg.Input((8,))
    for _ in range(nodes):
        value = kg.layers.Dense(8, activation="relu", kernel_initializer="zeros")(value)
    return kg.Model(x, value)


GRAPHS: dict[str, Callable[[int], kg.Model]] = {"elementwise ops": elementwise, "layers": layers}


def main(arguments: Sequence[str] = ()) -> None:
    for title, draw in GRAPHS.items():
        print(f"\ncompile time of a chain of {title}\n")
        print("\n".join(table(rows(measure(draw, NODES, ROUNDS)))))


def measure(
    draw: Callable[[int], kg.Model], nodes: Sequence[int], rounds: int
) -> dict[int, Timing]:
    """The timing of ``kg.compile`` for each number of nodes, in turn."""
    calls = {str(n): partial(kg.compile, draw(n)) for n in nodes}
    return {int(name): timing for name, timing in compare(calls, rounds).items()}


def rows(timings: dict[int, Timing]) -> Iterator[list[str]]:
    yield ["nodes", "ms", "quartiles", "us per node"]
    for nodes, timing in timings.items():
        low, middle, high = timing.q1_us / 1e3, timing.median_us / 1e3, timing.q3_us / 1e3
        yield [
            str(nodes),
            f"{middle:.2f}",
            f"{low:.2f} - {high:.2f}",
            f"{timing.median_us / nodes:.1f}",
        ]
