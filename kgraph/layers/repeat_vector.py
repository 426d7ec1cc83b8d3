"""RepeatVector: a row of features as every step of a sequence."""

from __future__ import annotations

from typing import Any

from kgraph import ops
from kgraph.layers.arguments import positive_int
from kgraph.layers.checked_layer import CheckedLayer
from kgraph.layers.input_spec import InputSpec


class RepeatVector(CheckedLayer):
    """Each row of features ``n`` times.

    Args
        n  number of steps

    Shapes    (B, features) -> (B, n, features)
    Dtypes    all; the result has the dtype of the input
    Kinds     dense.  Ragged and sparse are refused: rows are whole here
    Source    keras.layers.RepeatVector

    >>> import kgraph as kg
    >>> kg.layers.RepeatVector(2)([[1.0, 2.0]])
    array([[[1., 2.],
            [1., 2.]]], dtype=float32)
    """

    input_spec = InputSpec(ndim=2)

    def __init__(self, n: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n = positive_int("n", n)

    def call(self, inputs: Any) -> Any:
        return ops.repeat(ops.expand_dims(inputs, 1), self.n, axis=1)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "n": self.n}
