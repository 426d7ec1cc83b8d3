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
    """Computes, from all arrays that are known, those that are known after the phase."""

    def __init__(self, planned: Planned, threads: int) -> None:
        self.phase = planned.phase
        self.executor = PlanExecutor(planned, threads)

    def run(self, known: Sequence[np.ndarray]) -> list[np.ndarray]:
        """``known``, and what the phase adds to it."""
        arrays = [*known, *self.executor.run(known)]
        env = bind_sizes(self.phase.graph, known)
        for node, places in zip(self.phase.makers, self.phase.operands, strict=True):
            operands = [arrays[place] for place in places]
            try:
                made = compute_node(node, operands, env)
            except KGraphError as error:
                if place_of(node):
                    locate(error, where=place_of(node))
                raise
            except (ValueError, TypeError) as error:
                raise KGraphValueError(
                    message(f"{node.scope or node.op}: {error}", where=node.line or None)
                ) from error
            arrays.append(np.ascontiguousarray(made))
        return arrays

    def take_weights(self) -> None:
        self.executor.take_weights()

    @property
    def memory(self) -> Memory:
        return self.executor.memory

    @property
    def arena_bytes(self) -> tuple[int, int]:
        return self.executor.arena_bytes
