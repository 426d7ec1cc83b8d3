"""What a benchmark is: a graph, and batches of several sizes for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench import reference
from bench.graph import Array, Node, gemm_flop_per_item, in_order, ops_of

Batch = tuple[Any, ...]

TOLERANCE = {"float32": 1e-4, "float64": 1e-10}  # of the largest result


class Wrong(Exception):
    """A result is not what the scenario asks for; the words say how far off it is."""


@dataclass(frozen=True)
class Scenario:
    """One computation over batches of several sizes.

    Args
        inputs           the graph's inputs, in the order of a batch
        output           the graph's one output
        sizes            numbers of rows
        batch            size -> one value for each input: an array, a CSR matrix, a Ragged
        dtype            of the output; all weights have it, too
        reuse_outputs    whoever can writes its result where the last one was: the call is bound by
                         memory, and new pages would hide it
        bytes_per_row    what a row moves through memory if nothing is read or written twice
        gemm_rows        rows of the dense products for each row of the batch; 0: other work counts
    """

    name: str
    title: str
    inputs: tuple[Node, ...]
    output: Node
    sizes: tuple[int, ...]
    batch: Callable[[int], Batch]
    dtype: str = "float32"
    reuse_outputs: bool = False
    bytes_per_row: int = 0
    gemm_rows: int = 0

    @property
    def ops(self) -> set[str]:
        return ops_of(self.output)

    @property
    def nodes(self) -> list[Node]:
        """The inputs, then every other node in order."""
        rest = [node for node in in_order(self.output) if node.op != "input"]
        return [*self.inputs, *rest]

    def reference(self, batch: Batch) -> Array:
        return reference.reference(self.output, list(self.inputs), batch)

    def flop(self, size: int) -> int:
        """Floating-point operations of the dense products of a batch."""
        return gemm_flop_per_item(self.output) * self.gemm_rows * size

    def require_right(self, result: Any, expected: Array) -> None:
        """Refuse a result of another dtype or shape, or too far from the reference.

        Errors    Wrong, which says what came and what was expected
        """
        if not isinstance(result, np.ndarray) or result.dtype != self.dtype:
            raise Wrong(f"gives {getattr(result, 'dtype', type(result))}, not {self.dtype}")
        if result.shape != expected.shape:
            raise Wrong(f"gives {result.shape}, not {expected.shape}")
        error = relative_error(result, expected)
        if not error <= TOLERANCE[self.dtype]:  # also if it is NaN
            raise Wrong(f"off by {error:.1e} of the largest value")


def relative_error(result: Array, expected: Array) -> float:
    """The greatest difference over the greatest expected magnitude."""
    scale = max(float(np.abs(expected).max(initial=0)), 1e-30)
    return float(np.abs(result - expected).max(initial=0)) / scale
