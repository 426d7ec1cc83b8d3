"""A phase that comes before the last: its plan, then the values that make sizes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kgraph.compiler.interpret import bind_sizes, compute_node
from kgraph.compiler.ir import place_of
from kgraph.compiler.pipeline import Planned
from kgraph.runtime.executor import PlanExecutor
from kgraph.runtime.memory import Memory
from kgraph.types.errors import KGraphError, KGraphValueError, locate, message


class PhaseRunner:
    """Computes, from what is known, what the next phase takes."""

    def __init__(self, planned: Planned, threads: int) -> None:
        self.phase = planned.phase
        self.executor = PlanExecutor(planned, threads)

    def run(self, known: Sequence[np.ndarray]) -> list[np.ndarray]:
        """What the next phase takes of ``known`` and of what this one adds to it."""
        return self.finish(known, self.executor.run(known))

    def finish(
        self, known: Sequence[np.ndarray], results: Sequence[np.ndarray]
    ) -> list[np.ndarray]:
        """What is kept of ``known``, the results of the kernels, and those of the makers."""
        arrays = [*known, *results]
        sizes = self.sizes(known)
        for number in range(len(self.phase.makers)):
            arrays.append(self.make(number, arrays, sizes))
        return self.keep(arrays)

    def keep(self, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Those of all arrays that are known which the next phase takes."""
        return [arrays[place] for place in self.phase.kept]

    def sizes(self, known: Sequence[np.ndarray]) -> dict[str, int]:
        """The sizes of a batch."""
        return bind_sizes(self.phase.graph, known)

    def make(self, number: int, arrays: Sequence[np.ndarray], sizes: dict[str, int]) -> np.ndarray:
        """Compute the result of a maker from what is known so far."""
        node = self.phase.makers[number]
        operands = [arrays[place] for place in self.phase.operands[number]]
        try:
            made = compute_node(node, operands, sizes)
        except KGraphError as error:
            if place_of(node):
                locate(error, where=place_of(node))
            raise
        except (ValueError, TypeError) as error:
            raise KGraphValueError(
                message(f"{node.scope or node.op}: {error}", where=node.line or None)
            ) from error
        return np.ascontiguousarray(made)

    def take_weights(self) -> None:
        self.executor.take_weights()

    @property
    def memory(self) -> Memory:
        return self.executor.memory

    @property
    def arena_bytes(self) -> tuple[int, int]:
        return self.executor.arena_bytes
