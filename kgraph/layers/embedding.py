"""Embedding: a row of a table for each integer."""

from __future__ import annotations

from typing import Any

from kgraph import ops
from kgraph.layers import initializers
from kgraph.layers.arguments import kept, positive_int, refuse
from kgraph.layers.checked_layer import CheckedLayer, kind_of, on_flat_values
from kgraph.ops.operands import type_of
from kgraph.ops.primitives.gather import gather_rows
from kgraph.types.dims import Shape
from kgraph.types.errors import KGraphValueError


class Embedding(CheckedLayer):
    """The row of a table at each id.

    Args
        input_dim               number of rows of the table: ids are 0 .. input_dim - 1
        output_dim              size of a row
        embeddings_initializer  of the table (input_dim, output_dim)
        mask_zero               id 0 is padding: see Edges
        weights                 the table, in a list
        input_length            size of axis 1, as Keras 2 has it
        embeddings_regularizer, embeddings_constraint  matter for training only: kept in the config

    Shapes    (B, ...) -> (B, ..., output_dim)
    Dtypes    ids: integers; floats (as an Input without a dtype gives them) are cast to int32
    Kinds     dense; ragged, item by item.  Sparse is refused: it has no ids where nothing is stored
    Edges     with ``mask_zero`` a layer of the graph that uses masks (GlobalAveragePooling1D)
              leaves out the steps of id 0; layers called on arrays, one by one, are given
              ``mask=``.  Ragged ids need no padding and have no mask
    Errors    ValueError for an id outside the table, or one with a fraction
    Source    keras.layers.Embedding

    >>> import kgraph as kg
    >>> layer = kg.layers.Embedding(3, 2, weights=[[[0.0, 0.5], [1.0, 1.5], [2.0, 2.5]]])
    >>> layer([[2, 0]])
    array([[[2. , 2.5],
            [0. , 0.5]]], dtype=float32)
    """

    kinds = ("dense", "ragged")

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        weights: Any = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        quantization_config: Any = None,
        activity_regularizer: Any = None,
        input_length: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.input_dim = positive_int("input_dim", input_dim)
        self.output_dim = positive_int("output_dim", output_dim)
        refuse("Embedding", lora_rank=lora_rank, quantization_config=quantization_config)
        if isinstance(input_length, int) and "batch_input_shape" not in kwargs:
            kwargs.setdefault("input_shape", (input_length,))
        super().__init__(**kwargs)
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.mask_zero = mask_zero
        self._kept = {
            "embeddings_regularizer": kept(embeddings_regularizer),
            "activity_regularizer": kept(activity_regularizer),
            "embeddings_constraint": kept(embeddings_constraint),
        }
        if weights is not None:
            self.build()
            self.set_weights(weights if isinstance(weights, list | tuple) else [weights])

    def build(self, input_shape: Shape | None = None) -> None:
        if self.built:
            return
        self.embeddings = self.add_weight(
            (self.input_dim, self.output_dim), self.embeddings_initializer, name="embeddings"
        )
        self.built = True

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """True where an id is not 0; None without ``mask_zero``, and for ragged ids."""
        if not self.mask_zero or kind_of(type_of(inputs)) == "ragged":
            return None
        return ops.not_equal(inputs, 0)

    def _autocast(self, leaf: Any) -> Any:
        return leaf  # float32 holds whole numbers to 2 ** 24 only: ids go from float64 to int32

    def call(self, inputs: Any) -> Any:
        return on_flat_values(self._look_up, inputs)

    def _look_up(self, ids: Any) -> Any:
        if ids.dtype.kind == "b":
            raise KGraphValueError(f"layer {self.name!r}: ids are integers, got bool")
        if ids.dtype.kind == "f":  # a fraction finds no row: it becomes an id outside the table
            ids = ops.cast(ops.where(ops.equal(ids, ops.floor(ids)), ids, -1.0), "int32")
        return gather_rows(self.embeddings, ids)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "input_dim": self.input_dim,
            "output_dim": self.output_dim,
            "embeddings_initializer": initializers.serialize(self.embeddings_initializer),
            "mask_zero": self.mask_zero,
            **self._kept,
        }
