"""What every compiled graph must agree with: the eager ops, and the interpreter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kgraph.compiler.interpret import interpret
from kgraph.compiler.plan_text import parse_plan
from kgraph.compiler.text import show
from kgraph.graph.function import Function
from kgraph.ops.operands import components, open_sparse
from kgraph.runtime.compiled import CompiledGraph, compile_function
from kgraph.runtime.feed import flat_arrays
from kgraph.types import tree
from kgraph.types.array_type import SparseType
from kgraph.types.csr import CSR
from tests.tolerances import tolerance


def parts(result: Any) -> list[np.ndarray]:
    """The arrays that the outputs of a graph are made of, in the order of the plan."""
    values = [open_sparse(value) for value in tree.flatten(result)]
    return [np.asarray(part) for value in values for part in components(value)]


def wide_parts(result: Any) -> list[np.ndarray]:
    """As :func:`parts`, with the columns and bounds of sparse values in int64.

    Where only a batch tells how wide rows are, a graph holds them so, and an eager op does not; a
    ``coo_array`` does not tell.
    """
    values = [_widened(open_sparse(value)) for value in tree.flatten(result)]
    return [np.asarray(part) for value in values for part in components(value)]


def _widened(value: Any) -> Any:
    if not isinstance(value, CSR):
        return value
    return CSR(value.data, value.indices.astype("int64"), value.indptr.astype("int64"), value.dims)


def feed(compiled: CompiledGraph, values: Sequence[Any]) -> list[np.ndarray]:
    """The flat arrays of a batch: what the interpreter takes."""
    slots = compiled._slots
    return [
        part for slot, value in zip(slots, values, strict=True) for part in flat_arrays(slot, value)
    ]


def interpreted(compiled: CompiledGraph, values: Sequence[Any]) -> list[np.ndarray]:
    return interpret(compiled._compiled.lowered.graph, feed(compiled, values))


def as_delivered(compiled: CompiledGraph, values: Sequence[Any]) -> Any:
    """What the interpreter gives, put together as the outputs of the graph."""
    return compiled._deliver(interpreted(compiled, values), feed(compiled, values))


def assert_close(found: Sequence[np.ndarray], wanted: Sequence[np.ndarray], what: str) -> None:
    """Types and shapes alike; numbers within the tolerance of their dtype; NaN and inf alike."""
    for number, (a, b) in enumerate(zip(found, wanted, strict=True)):
        label = f"output {number} against {what}"
        assert (a.dtype, a.shape) == (b.dtype, b.shape), label
        rtol, atol = tolerance(b.dtype)
        np.testing.assert_allclose(a, b, rtol, atol, err_msg=label)


def assert_same_bits(found: Sequence[np.ndarray], wanted: Sequence[np.ndarray]) -> None:
    for a, b in zip(found, wanted, strict=True):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        assert a.tobytes() == b.tobytes(), f"{a} is not {b}, bit for bit"


def check(
    function: Function,
    values: Sequence[Any],
    compiled: CompiledGraph | None = None,
    *,
    plain: Sequence[Any] | None = None,
    **options: Any,
) -> CompiledGraph:
    """Compile and run: the result agrees with both oracles; a failure shows the graph.

    ``plain`` are the same values as native, contiguous arrays, for the eager ops.
    """
    if compiled is None:
        compiled = compile_function(function, **options)
    for planned in compiled._compiled.planned:
        assert parse_plan(str(planned.plan)) == planned.plan
    try:
        results, eager = compiled(*values), function(*(plain or values))
        if any(isinstance(type, SparseType) for type in compiled._output_types):
            found, said = wide_parts(results), wide_parts(as_delivered(compiled, values))
            assert_close(found, said, "the interpreter")
            assert_close(found, wide_parts(eager), "the eager ops")
        else:
            found = parts(results)
            assert_close(found, interpreted(compiled, values), "the interpreter")
            assert_close(found, parts(eager), "the eager ops")
    except Exception as error:
        lowered = show(compiled._compiled.lowered.graph)
        error.add_note(f"{lowered}\n---\n{compiled.ir}\n---\n{compiled.plan}")
        raise
    return compiled
