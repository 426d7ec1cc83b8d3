"""Noise: the base of layers that draw at random in training, and do nothing at inference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from kgraph.layers.arguments import is_number
from kgraph.layers.checked_layer import CheckedLayer
from kgraph.layers.initializer import generator
from kgraph.ops.op import Abstract
from kgraph.ops.operands import components
from kgraph.types.csr import CSR
from kgraph.types.errors import KGraphTypeError, KGraphValueError, RandomDrawError, message
from kgraph.types.ragged import RaggedTensor
from kgraph.types.sparse import from_csr, is_sparse, to_csr
from kgraph.types.symbolic import Symbolic

Change = Callable[[np.ndarray, np.random.Generator], Any]


class Noise(CheckedLayer):
    """Base of the layers that change their input at random in training.

    A subclass says in ``changed`` what becomes of an array of floats: the dense value, all items of
    ragged rows, or the stored entries of a sparse matrix.

    Args
        seed  of the draws; without one they come from the common generator

    Edges     drawn with ``training=True`` it draws at each call of the model, which then computes
              op by op
    Errors    ValueError for ``kg.compile`` of such a graph: random draws are not compiled
    """

    kinds: ClassVar[tuple[str, ...]] = ("dense", "ragged")
    supports_masking = True

    def __init__(self, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed = seed
        self._generator = None if seed is None else generator(seed)

    def strength(self) -> float:
        """How much noise there is; 0 for none, even in training."""
        raise NotImplementedError

    def changed(self, x: np.ndarray, random: np.random.Generator) -> Any:
        """``x`` with the noise."""
        raise NotImplementedError

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training or self.strength() == 0:
            return inputs
        parts = components(inputs)
        if any(isinstance(part, Symbolic) and not isinstance(part, Abstract) for part in parts):
            raise RandomDrawError(
                message(
                    f"layer {self.name!r}: {type(self).__name__} with training=True draws at "
                    "random, and random draws are not compiled",
                    hint="call the model itself, which computes such graphs op by op; or draw it "
                    "without training=True",
                )
            )
        if any(isinstance(part, Symbolic) for part in parts):
            return inputs  # only its type is asked for
        return self._with_noise(inputs)

    def _with_noise(self, x: Any) -> Any:
        if isinstance(x, RaggedTensor):
            return x.with_flat_values(self._changed_floats(x.flat_values))
        if isinstance(x, CSR):
            return x.with_data(self._changed_floats(x.data))
        if is_sparse(x):
            return from_csr(self._with_noise(to_csr(x)))
        return self._changed_floats(np.asarray(x))

    def _changed_floats(self, x: np.ndarray, changed: Change | None = None) -> np.ndarray:
        if x.dtype.kind != "f":
            raise KGraphTypeError(
                f"layer {self.name!r}: {type(self).__name__} changes floats, got dtype {x.dtype}"
            )
        source = self._generator if self._generator is not None else generator()
        return np.asarray((changed or self.changed)(x, source), x.dtype)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "seed": self.seed}


def share(name: str, value: Any, *, below_one: bool = False) -> float:
    """``value`` as a number from 0 to 1.

    >>> share("rate", 0.5)
    0.5
    """
    if is_number(value) and 0 <= value <= 1 and not (below_one and value == 1):
        return float(value) if not isinstance(value, int) else value
    raise KGraphValueError(
        f"Invalid value received for argument `{name}`. Expected a float value between 0 and 1"
        f"{', and below 1' if below_one else ''}. Received: {name}={value!r}"
    )
