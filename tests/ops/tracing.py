"""Arrays in the clothes of symbolic values: what a graph of primitives computes, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kgraph.compiler.interpret import symbol_and_offset
from kgraph.ops import operands
from kgraph.ops.op import Op
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import Dim, evaluate
from kgraph.types.ragged import RaggedTensor
from kgraph.types.symbolic import Symbolic

Env = dict[str, int]


class Traced(Symbolic):
    """An array behind a type whose sizes may be symbols; rules see the type alone."""

    __slots__ = ("array", "env", "is_given")

    def __init__(
        self, array: np.ndarray, type: ArrayType, env: Env, is_given: bool = False
    ) -> None:
        self.array, self.type, self.env, self.is_given = array, type, env, is_given
        assert array.dtype == type.dtype, f"{array.dtype} is not {type}"
        expected = tuple(evaluate(size, env) for size in type.dims)
        assert array.shape == expected, f"{array.shape} is not {type} where {dict(env)}"

    def record(self, op: Any, inputs: tuple[Any, ...], attrs: Mapping[str, Any]) -> Any:
        inputs = tuple(operands.open_sparse(value) for value in inputs)
        return op.trace(inputs, attrs, self.emit)

    def emit(
        self, op: Op, inputs: tuple[Any, ...], attrs: Mapping[str, Any], type: ArrayType
    ) -> Traced:
        """Compute a primitive with its reference, sizes in place of their symbols."""
        arrays = [value.array if isinstance(value, Traced) else value for value in inputs]
        with np.errstate(all="ignore"):
            found = op.reference(*arrays, **{k: known(v, self.env) for k, v in attrs.items()})
        made = np.asarray(found)
        for name, size in sizes_of(type, made).items():
            self.env.setdefault(name, size)  # one that the numbers decide is new
        return Traced(made, type, self.env)

    def __repr__(self) -> str:
        return f"<traced {self.type}>"


def sizes_of(type: ArrayType, array: np.ndarray) -> Env:
    """The value of each symbol that a size of ``type`` tells."""
    sizes = zip(type.dims, array.shape, strict=True)
    told = [(symbol_and_offset(size), n) for size, n in sizes if isinstance(size, Dim)]
    return {found[0]: actual - found[1] for found, actual in told if found is not None}


def known(attr: Any, env: Env) -> Any:
    """An attribute with numbers in place of symbolic sizes."""
    if isinstance(attr, tuple):
        return tuple(known(item, env) for item in attr)
    return evaluate(attr, env) if isinstance(attr, Dim) else attr


def traced(inputs: Sequence[Any], rows: int | None = None) -> tuple[Any, ...]:
    """``inputs`` as values to trace; ``rows`` on a first axis are written as the symbol B.

    The number of items of a ragged value is always a symbol, as it is in a graph.
    """
    inputs = tuple(operands.open_sparse(value) for value in inputs)
    env: dict[str, int] = {} if rows is None else {"B": rows}
    for value in inputs:
        if isinstance(value, RaggedTensor):
            total = len(value.flat_values)
            lengths = np.diff(value.nested_row_splits[-1])
            env |= {f"T{total}": total, f"longest_T{total}": int(lengths.max(initial=0))}
    return tuple(_traced(value, env) for value in inputs)


def _traced(value: Any, env: Env) -> Any:
    if isinstance(value, bool | int | float):
        return value
    parts = [np.asarray(part) for part in operands.components(value)]
    types = [ArrayType(part.dtype, part.shape) for part in parts]
    if isinstance(value, RaggedTensor):
        items = Dim.symbol(f"T{len(parts[0])}")
        types[0] = types[0].with_dims((items, *parts[0].shape[1:]))
    elif parts[0].ndim and parts[0].shape[0] == env.get("B"):
        types[0] = types[0].with_dims((Dim.symbol("B"), *parts[0].shape[1:]))
    made = [Traced(part, type, env, True) for part, type in zip(parts, types, strict=True)]
    return operands.rebuild(operands.type_of(value), made)


def plain(value: Any) -> Any:
    """What was computed: arrays, ragged and sparse values of numbers."""
    parts = operands.components(value)
    if not any(isinstance(part, Traced) for part in parts):
        return value
    arrays = [part.array if isinstance(part, Traced) else part for part in parts]
    return (
        arrays[0]
        if isinstance(value, Traced)
        else operands.rebuild(operands.type_of(value), arrays)
    )
