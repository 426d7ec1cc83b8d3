"""The family of elementwise ops: one type rule, and what they do to ragged and sparse values.

An elementwise op that is a primitive names the vector ``loop`` of the block VM that computes it;
one that is written with others (``lower``) fuses as they do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kgraph.ops.dtype_rules import common
from kgraph.ops.op import DTypeRule, Op, register
from kgraph.ops.operands import densify, type_of
from kgraph.types.array_type import ArrayType, RaggedType
from kgraph.types.csr import CSR
from kgraph.types.dims import broadcast_dims
from kgraph.types.dtypes import DType
from kgraph.types.errors import ShapeError, message
from kgraph.types.operators import OPS
from kgraph.types.ragged import RaggedTensor
from kgraph.types.symbolic import Symbolic


class ElementwiseOp(Op):
    """An op that computes each element of its result from the elements at the same place."""

    elementwise = True
    loop: str | None = None
    result: Callable[[DType], DType]
    zero_preserving = False


def same(dtype: DType) -> DType:
    return dtype


def to_bool(dtype: DType) -> DType:
    return np.dtype("bool")


def elementwise(
    *,
    loop: str | None = None,
    dtypes: DTypeRule = common,
    result: Callable[[DType], DType] = same,
    zero_preserving: bool = False,
) -> Callable[[Callable[..., Any]], ElementwiseOp]:
    """Define an elementwise op.

    ``loop`` is the name of its vector loop (without the dtype); without one the op needs ``lower``.
    ``result`` maps the dtype it computes in (that of its last operand) to the dtype it gives.
    ``zero_preserving`` claims f(0) = 0 (of a binary op: f(0, c) = 0 for any finite number c), so
    that it may work on the stored entries of a sparse value alone; the suite checks the claim.
    """

    def define(reference: Callable[..., Any]) -> ElementwiseOp:
        made = register(ElementwiseOp(reference, dtypes))
        made.loop = loop
        made.result = result
        made.zero_preserving = zero_preserving

        @made.infer
        def infer_broadcast(*types: ArrayType, **attrs: Any) -> ArrayType:
            dims = broadcast_dims(*(type.dims for type in types))
            return ArrayType(result(types[-1].dtype), dims)

        @made.ragged
        def on_flat_values(*inputs: Any, **attrs: Any) -> RaggedTensor:
            return _apply_to_flat_values(made, inputs, attrs)

        @made.sparse
        def on_stored_entries(*inputs: Any, **attrs: Any) -> Any:
            return _apply_to_stored_entries(made, inputs, attrs)

        return made

    return define


def _apply_to_flat_values(made: Op, inputs: Sequence[Any], attrs: dict[str, Any]) -> RaggedTensor:
    model = next(value for value in inputs if isinstance(value, RaggedTensor))
    flat = [_align(made, value, model) for value in inputs]
    return model.with_flat_values(made(*flat, **attrs))


def _align(made: Op, value: Any, model: RaggedTensor) -> Any:
    """``value`` laid out like the flat values of ``model``."""
    if isinstance(value, RaggedTensor):
        return aligned_flat_values(made.name, value, model)
    rank = getattr(value, "ndim", 0)
    if rank < model.type.ndim or model.ragged_rank > 1:
        return value  # a scalar, or a row vector that broadcasts against the inner dimensions
    # (B, 1, ...): one entry for each row, repeated over its items
    squeezed = OPS["squeeze"](value, axis=1)
    return OPS["gather_rows"](squeezed, OPS["value_rowids"](model))


def aligned_flat_values(op_name: str, value: RaggedTensor, model: RaggedTensor) -> Any:
    """The flat values of ``value``, whose rows are as long as those of ``model``.

    Where that is not known while building, it is proved when a batch is there.

    Errors    ValueError if the rows certainly differ
    """
    if same_partition(value, model):
        return value.flat_values
    parts = (*value.nested_row_splits, *model.nested_row_splits)
    alike = value.ragged_rank == model.ragged_rank
    if alike and any(isinstance(part, Symbolic) for part in parts):
        return OPS["match_rows"]([value.flat_values, model.flat_values, *parts])
    raise ShapeError(
        message(
            f"{op_name}: the ragged operands have rows of different lengths",
            received=f"{value.type}\n{model.type}",
            expected="equal row_splits",
        )
    )


def same_partition(a: RaggedTensor, b: RaggedTensor) -> bool:
    """Whether two ragged values certainly have the same row bounds."""
    splits_a, splits_b = a.nested_row_splits, b.nested_row_splits
    if len(splits_a) != len(splits_b):
        return False
    if isinstance(splits_a[0], Symbolic) or isinstance(splits_b[0], Symbolic):
        # each placeholder has size symbols of its own, so equal sizes mean equal bounds
        return _outer_sizes(a) == _outer_sizes(b)
    return all(x is y or np.array_equal(x, y) for x, y in zip(splits_a, splits_b, strict=True))


def _outer_sizes(value: RaggedTensor) -> tuple[Any, ...]:
    type = type_of(value)
    assert isinstance(type, RaggedType)
    return (type.flat.dims[0], *(splits.dims for splits in type.splits))


def _apply_to_stored_entries(made: ElementwiseOp, inputs: Sequence[Any], attrs: Any) -> Any:
    first, *others = inputs
    numbers = all(isinstance(value, int | float) and np.isfinite(value) for value in others)
    if made.zero_preserving and isinstance(first, CSR) and numbers:
        return first.with_data(made(first.data, *others, **attrs))
    return made(*(densify(value) for value in inputs), **attrs)
