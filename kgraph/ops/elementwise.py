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
from kgraph.ops.ragged_broadcast import flat_operands
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import broadcast_dims
from kgraph.types.dtypes import DType
from kgraph.types.ragged import RaggedTensor


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
    made_as: type[ElementwiseOp] | None = None,
) -> Callable[[Callable[..., Any]], ElementwiseOp]:
    """Define an elementwise op.

    ``loop`` is the name of its vector loop (without the dtype); without one the op needs ``lower``.
    ``result`` maps the dtype it computes in (that of its last operand) to the dtype it gives.
    ``zero_preserving`` claims f(0) = 0 (of a binary op: f(0, c) = 0 for any finite number c): it
    spares the look at f(0) that decides whether a sparse value stays so.  The suite checks it.
    """

    def define(reference: Callable[..., Any]) -> ElementwiseOp:
        made = register((made_as or ElementwiseOp)(reference, dtypes))
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
            # here, because what it is made of is elementwise itself
            from kgraph.ops.sparse_elementwise import apply_to_stored

            return apply_to_stored(made, inputs, attrs)

        return made

    return define


def _apply_to_flat_values(made: Op, inputs: Sequence[Any], attrs: dict[str, Any]) -> RaggedTensor:
    model, flat = flat_operands(made.name, inputs)
    return model.with_flat_values(made(*flat, **attrs))
