"""PlanExecutor: a plan with its weights, and what it says when a batch does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from kgraph._kernels.plan import Executor
from kgraph.compiler.interpret import evaluate_static
from kgraph.compiler.ir import Node
from kgraph.compiler.pipeline import Planned
from kgraph.compiler.plan import Check, Plan, PlanStep
from kgraph.compiler.size_code import encode
from kgraph.runtime.host import host_function
from kgraph.runtime.memory import Memory
from kgraph.runtime.refusals import LARGER_TABLE, bad_id, no_broadcast, shapes, wrong_sizes
from kgraph.runtime.threads import get_threads
from kgraph.types.errors import KGraphValueError, ShapeError, message


class PlanExecutor(Executor):
    """Runs one plan on flat arrays; ``statics`` are the nodes of its weights."""

    plan: Plan
    statics: tuple[Node, ...]

    def __init__(self, planned: Planned, threads: int) -> None:
        self.statics = planned.statics
        self._set_plan(planned.plan, threads)
        self.take_weights()
        self._connect()

    def _set_plan(self, plan: Plan, threads: int) -> None:
        code, slots = encode(plan.sizes, [symbol.name for symbol in plan.symbols])
        Executor.__init__(self, plan, code, slots, host_function, threads)

    def _connect(self) -> None:
        """What is left to do when all parts are there, new or from a pickle."""

    def take_weights(self) -> None:
        """Take the weights as they are now, and pack them."""
        self.set_constants(
            [evaluate_static(self.statics[recipe.node]) for recipe in self.plan.recipes]
        )

    def _default_threads(self) -> int:
        return get_threads()

    @property
    def memory(self) -> Memory:
        """Bytes that the weights, working memory and the outputs take, see ``Memory``."""
        arena, scratch = self.arena_bytes
        weights = {id(array): array.nbytes for array in self.constants}
        threads = self.threads or get_threads()
        return Memory(sum(weights.values()), arena, scratch, threads, self._output_bytes())

    def _output_bytes(self) -> int:
        sizes = self.bound_sizes
        if not sizes:
            return 0
        shapes = ([sizes[slot] for slot in slots] for slots in self.plan.output_dims)
        types = self.plan.outputs
        return sum(prod(s) * t.dtype.itemsize for s, t in zip(shapes, types, strict=True))

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.plan, self._state(), self.threads)

    def _state(self) -> dict[str, Any]:
        """What a pickle holds beside the plan."""
        return dict(self.__dict__)

    # -- errors -----------------------------------------------------------------------------------

    def _refuse_shape(self, number: int, arrays: Any, expected: tuple[int, ...]) -> None:
        raise ShapeError(
            message(
                f"input {self.plan.input_names[number]!r} does not fit the other inputs",
                received=f"shape {arrays[number].shape}",
                expected=f"shape {expected}, i.e. {self.plan.inputs[number]}",
            )
        )

    def _refuse_short(self, number: int, arrays: Any) -> None:
        raise ShapeError(
            message(
                f"input {self.plan.input_names[number]!r} is too short",
                received=f"shape {arrays[number].shape}",
                expected=str(self.plan.inputs[number]),
            )
        )

    def _refuse_numbers(self, number: int, error: Exception) -> None:
        raise KGraphValueError(f"input {self.plan.input_names[number]!r}: {error}") from None

    def _refuse_ids(self, check: Check, arrays: Any, total: int) -> None:
        raise bad_id(self.plan, check, arrays, total)

    def _refuse_large(self, arrays: Any) -> None:
        raise ShapeError(
            message(
                f"{self.plan.name}: this batch makes arrays that no memory holds",
                received=shapes(self.plan, arrays),
                hint="feed fewer rows at a time",
            )
        )

    def _refuse_broadcast(self, arrays: Any) -> None:
        raise no_broadcast(self.plan, arrays)

    def _refuse_constraint(self, number: int, arrays: Any) -> None:
        raise wrong_sizes(self.plan, self.plan.constraints[number], arrays)

    def _raise_fault(self, number: int) -> None:
        step = self.plan.steps[number]
        if step.kernel == "match_rows":
            raise ShapeError(
                message(
                    f"{step.label}: the ragged operands have rows of different lengths",
                    where=step.line or None,
                    received=self._inputs_read(step.buffers[2:]),
                    expected="equal row_splits",
                )
            )
        limit = self.plan.sizes[step.sizes[1 if step.kernel.startswith("take") else 0]]
        label, line, is_weight = self._table_of(step)
        raise KGraphValueError(
            message(
                f"{label}: a position is outside the table",
                where=", ".join(filter(None, [label, line])),
                expected=f"integers from 0 to {limit - 1}" if isinstance(limit, int) else None,
                hint=LARGER_TABLE
                if is_weight
                else "positions count from 0, the first row of what is looked into",
            )
        )

    def _inputs_read(self, buffers: Sequence[int]) -> str | None:
        """Those of ``buffers`` that are inputs, by their names."""
        found = [self.plan.buffers[number] for number in buffers]
        given = self.plan.input_names[: self.plan.given]
        names = [given[b.index] for b in found if b.kind == "input" and b.index < len(given)]
        return ", ".join(dict.fromkeys(names)) or None

    def _table_of(self, step: PlanStep) -> tuple[str, str, bool]:
        """Label and line of the layer whose weight is the table of a gather, and that it is one;
        else the step's own."""
        number = step.buffers[0 if step.kernel.startswith("take") else 3]
        buffer = self.plan.buffers[number]
        if buffer.kind == "constant":
            table = self.statics[self.plan.recipes[buffer.index].node]
            if table.scope:
                return table.scope, table.line or step.line, "/" in table.scope
        return step.label, step.line, False


def _restore(
    cls: type[PlanExecutor], plan: Plan, state: dict[str, Any], threads: int
) -> PlanExecutor:
    made = cls.__new__(cls)
    made._set_plan(plan, threads)
    for name, value in state.items():
        setattr(made, name, value)
    made.take_weights()
    made._connect()
    return made
