"""Sizes that the program knows and the graph does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.op import Array, op
from kgraph.ops.operands import dims_of
from kgraph.ops.primitives.shape import reshape_to
from kgraph.ops.samples import f32
from kgraph.types.dims import Dims
from kgraph.types.errors import ShapeError, message


@op(dtypes=unchanged)
def ensure_shape(x: Array, shape: Sequence[int | None]) -> Array:
    """The same value, of which more sizes are known: a batch with others is refused.

    Shapes    the result has the sizes of ``shape``; None leaves a size as it is
    Dtypes    all; the result has the dtype of x
    Errors    ValueError if a size contradicts, at once or when the batch arrives
    Source    tf.ensure_shape

    >>> import kgraph as kg
    >>> x = kg.Input((None,))
    >>> kg.ops.ensure_shape(x, (None, 3)).shape
    (None, 3)
    """
    _require_fit(x.shape, shape)
    return x


ensure_shape.keeps_masks = True


@ensure_shape.lower
def _proved_by_the_batch(x: Any, shape: Any) -> Any:
    dims = dims_of(x)
    _require_fit(dims, shape)
    return with_sizes(
        x, tuple(size if size is not None else dims[at] for at, size in enumerate(shape))
    )


def with_sizes(x: Any, sizes: Dims) -> Any:
    """``x`` under other names for its sizes: a batch must prove each of them equal."""
    dims = dims_of(x)
    for axis, size in enumerate(sizes):
        if size != dims[axis]:  # one axis at a time: the product alone proves no size
            dims = (*dims[:axis], size, *dims[axis + 1 :])
            x = reshape_to(x, dims)
    return x


def _require_fit(dims: Any, shape: Any) -> None:
    if len(dims) != len(shape) or any(
        isinstance(size, int) and wanted is not None and size != wanted
        for size, wanted in zip(dims, shape, strict=True)
    ):
        raise ShapeError(
            message(
                "ensure_shape: the shapes do not agree",
                received=f"a value of shape ({', '.join(map(str, dims))})",
                expected=str(tuple(shape)),
            )
        )


ensure_shape.sample(f32([[1, 2], [3, 4], [5, 6]]), shape=(None, 2))
ensure_shape.sample(np.zeros((0, 2), np.int32), shape=(None, None))
