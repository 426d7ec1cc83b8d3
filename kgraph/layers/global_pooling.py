"""GlobalAveragePooling1D and GlobalMaxPooling1D: one row of features for each sequence."""

from __future__ import annotations

from typing import Any

from kgraph import ops
from kgraph.layers.arguments import data_format as checked_data_format
from kgraph.layers.checked_layer import CheckedLayer
from kgraph.layers.input_spec import InputSpec
from kgraph.ops.operands import type_of
from kgraph.types.errors import KGraphTypeError, message
from kgraph.types.ragged import RaggedTensor


class GlobalPooling1D(CheckedLayer):
    """Base of the layers that reduce the axis of steps."""

    kinds = ("dense", "ragged")
    input_spec = InputSpec(ndim=3)

    def __init__(
        self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.data_format = checked_data_format(data_format)
        self.keepdims = keepdims

    def _steps_axis(self, inputs: Any) -> int:
        axis = 1 if self.data_format == "channels_last" else 2
        if isinstance(inputs, RaggedTensor) and (axis != 1 or inputs.ragged_rank != 1):
            raise KGraphTypeError(
                message(
                    f"layer {self.name!r}: cannot pool these rows",
                    received=str(type_of(inputs)),
                    expected="ragged rows of vectors: (B, None, features), channels last",
                )
            )
        return axis

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "data_format": self.data_format,
            "keepdims": self.keepdims,
        }


class GlobalAveragePooling1D(GlobalPooling1D):
    """Mean over the steps of each sequence.

    Args
        data_format  ``channels_last`` (the default): (B, steps, features); ``channels_first``:
                     (B, features, steps)
        keepdims     keep the axis of steps, with size 1

    Shapes    (B, steps, features) -> (B, features), or (B, 1, features) with ``keepdims``
    Dtypes    float; integers become ``floatx()``
    Kinds     dense; ragged (B, None, features): the mean of the items that each row has
    Edges     a ragged row without items gives zeros; a dense axis of no steps gives nan.  ``mask=``
              (B, steps) leaves out the steps where it is false; a row without any gives nan
    Source    keras.layers.GlobalAveragePooling1D

    >>> import kgraph as kg
    >>> import numpy as np
    >>> rows = kg.RaggedTensor.from_row_splits(np.float32([[1, 2], [3, 4]]), [0, 2, 2])
    >>> kg.layers.GlobalAveragePooling1D()(rows)
    array([[2., 3.],
           [0., 0.]], dtype=float32)
    """

    def call(self, inputs: Any, mask: Any = None) -> Any:
        axis = self._steps_axis(inputs)
        if mask is None:
            return ops.mean(inputs, axis=axis, keepdims=self.keepdims)
        if isinstance(inputs, RaggedTensor):
            raise KGraphTypeError(f"layer {self.name!r}: ragged rows take no mask, they have none")
        counted = ops.expand_dims(ops.cast(mask, self.dtype), 3 - axis)
        total = ops.sum(ops.multiply(inputs, counted), axis=axis, keepdims=self.keepdims)
        return ops.divide(total, ops.sum(counted, axis=axis, keepdims=self.keepdims))


class GlobalMaxPooling1D(GlobalPooling1D):
    """Greatest entry of each feature over the steps of each sequence.

    Args
        data_format  ``channels_last`` (the default): (B, steps, features); ``channels_first``:
                     (B, features, steps)
        keepdims     keep the axis of steps, with size 1

    Shapes    (B, steps, features) -> (B, features), or (B, 1, features) with ``keepdims``
    Dtypes    all; the result has the dtype of the input
    Kinds     dense; ragged (B, None, features): the greatest of the items that each row has
    Edges     nan wins; a ragged row without items gives the lowest value of the dtype (-inf), the
              greatest of nothing
    Source    keras.layers.GlobalMaxPooling1D

    >>> import kgraph as kg
    >>> import numpy as np
    >>> rows = kg.RaggedTensor.from_row_splits(np.float32([[1, 4], [3, 2], [5, 6]]), [0, 2, 3])
    >>> kg.layers.GlobalMaxPooling1D()(rows)
    array([[3., 4.],
           [5., 6.]], dtype=float32)
    """

    def call(self, inputs: Any) -> Any:
        return ops.max(inputs, axis=self._steps_axis(inputs), keepdims=self.keepdims)
