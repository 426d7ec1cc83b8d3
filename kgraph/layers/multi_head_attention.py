"""MultiHeadAttention: each step takes its share of the steps it attends to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from kgraph import ops
from kgraph.graph.masks import Mask
from kgraph.graph.source import user_line
from kgraph.layers import initializers
from kgraph.layers.arguments import is_number, kept, positive_int, refuse
from kgraph.layers.attention_masks import for_heads, visible
from kgraph.layers.checked_layer import CheckedLayer, kind_of, on_flat_values
from kgraph.layers.dropout import Dropout
from kgraph.layers.input_spec import InputSpec
from kgraph.ops.operands import dims_of, type_of
from kgraph.ops.primitives.shape import reshape_to
from kgraph.ops.ragged_attention import ragged_attention
from kgraph.types import tree
from kgraph.types.dims import Shape, product
from kgraph.types.errors import KGraphTypeError, KGraphValueError, ShapeError, message
from kgraph.types.ragged import RaggedTensor

_ARGUMENTS = ("query", "value", "key")
_FURTHER = ("query_mask", "value_mask", "key_mask", "attention_mask",
            "return_attention_scores", "training", "use_causal_mask")  # fmt: skip


class MultiHeadAttention(CheckedLayer):
    """Attention of ``query`` to ``key`` and ``value`` by several heads, projected back.

    Called as ``layer(query, value, key=None, query_mask=None, value_mask=None, key_mask=None,
    attention_mask=None, return_attention_scores=False, training=None, use_causal_mask=False)``;
    without ``key``, ``value`` is the key, too.

    Args
        num_heads       number of heads
        key_dim         width of a head's queries and keys
        value_dim       width of a head's values; ``key_dim`` if it is not given
        dropout         share of the scores that ``training=True`` drops
        use_bias        whether the projections add a bias
        output_shape    what the last axis of the result becomes; that of ``query`` for None
        attention_axes  the axis of the steps: None or 1
        sliding_window  see that many steps to either side, this one included
        use_gate        multiply what the heads found by ``sigmoid`` of a projection of the query
        seed            of the dropout
        kernel_initializer, bias_initializer  of all projections
        *_regularizer, *_constraint  matter for training only: kept in the config

    Shapes    query (B, T, D), value (B, S, E), key (B, S, F) -> (B, T, D), or
              (B, T, *output_shape); the scores (B, heads, T, S)
    Kinds     dense; ragged (B, None, D): each row attends within its own row, nothing is padded;
              ``use_causal_mask`` counts steps within the row
    Edges     ``attention_mask`` (B, T, S) is True where a query sees a key; masks of padded steps
              (``Embedding(mask_zero=True)``) are met with it, and the mask of query is handed on.
              A query that sees nothing weighs all keys the same; with dropout or scores asked for
              it weighs none, as in Keras.  Ragged rows without keys give zeros to the projection
    Errors    ValueError for other ``attention_axes``, and where sizes do not fit; TypeError for
              scores, masks or a window on ragged rows
    Source    keras.layers.MultiHeadAttention; Vaswani et al., Attention Is All You Need (2017)

    >>> import kgraph as kg
    >>> layer = kg.layers.MultiHeadAttention(num_heads=2, key_dim=4)
    >>> x = kg.Input((10, 8))
    >>> y, scores = layer(x, x, return_attention_scores=True)
    >>> y.shape, scores.shape
    ((None, 10, 8), (None, 2, 10, 10))
    """

    kinds = ("dense", "ragged")
    supports_masking = True
    input_spec = InputSpec(ndim=3)
    main_arguments: ClassVar[int] = len(_ARGUMENTS)

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        output_shape: int | Sequence[int] | None = None,
        attention_axes: int | Sequence[int] | None = None,
        sliding_window: int | None = None,
        flash_attention: bool | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        use_gate: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.num_heads = positive_int("num_heads", num_heads)
        self.key_dim = positive_int("key_dim", key_dim)
        self.value_dim = positive_int("value_dim", key_dim if value_dim is None else value_dim)
        refuse("MultiHeadAttention", flash_attention=flash_attention)
        super().__init__(**kwargs)
        if not is_number(dropout) or not 0 <= dropout <= 1:
            raise KGraphValueError(
                f"MultiHeadAttention: `dropout` is a share from 0 to 1. Received: {dropout!r}"
            )
        self.dropout, self.seed = dropout, seed
        self.use_bias, self.use_gate = use_bias, use_gate
        self.attention_axes = _steps_axis(attention_axes)
        self.sliding_window = (
            None if sliding_window is None else positive_int("sliding_window", sliding_window)
        )
        self._output_sizes = _sizes(output_shape)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self._drop = Dropout(dropout, seed=seed, dtype=self.dtype)
        self._kept = {
            "kernel_regularizer": kept(kernel_regularizer),
            "bias_regularizer": kept(bias_regularizer),
            "activity_regularizer": kept(activity_regularizer),
            "kernel_constraint": kept(kernel_constraint),
            "bias_constraint": kept(bias_constraint),
        }

    def __call__(
        self, query: Any, value: Any = None, key: Any = None, *args: Any, **kwargs: Any
    ) -> Any:
        arrays = (query, value) if key is None else (query, value, key)
        return super().__call__(*arrays, **dict(zip(_FURTHER, args, strict=False)), **kwargs)

    # -- weights ---------------------------------------------------------------------------------

    def build(  # type: ignore[override]  # as in Keras: a shape for each argument
        self, query_shape: Shape, value_shape: Shape, key_shape: Shape | None = None
    ) -> None:
        key_shape = value_shape if key_shape is None else key_shape
        self._require_fit(query_shape, value_shape, key_shape)
        query, value, key = (
            self._known_size(shape, -1) for shape in (query_shape, value_shape, key_shape)
        )
        narrow, wide = (self.num_heads, self.key_dim), (self.num_heads, self.value_dim)
        self._query = self._projection("query", (query,), narrow)
        self._key = self._projection("key", (key,), narrow)
        self._gate = self._projection("gate", (query,), wide) if self.use_gate else None
        self._value = self._projection("value", (value,), wide)
        self._output = self._projection("attention_output", wide, self._output_sizes or (query,))
        self.attention_axes = (1,)

    def _projection(self, name: str, taken: tuple[int, ...], made: tuple[int, ...]) -> list[Any]:
        kernel = self.add_weight((*taken, *made), self.kernel_initializer, name=f"{name}/kernel")
        if not self.use_bias:
            return [kernel, None]
        return [kernel, self.add_weight(made, self.bias_initializer, name=f"{name}/bias")]

    def _require_fit(self, query: Shape, value: Shape, key: Shape) -> None:
        batches = {shape[0] for shape in (query, value, key)} - {None}
        if len(batches) > 1 or len({value[1], key[1]} - {None}) > 1:
            raise ShapeError(
                message(
                    f"layer {self.name!r}: query, value and key do not fit together",
                    where=user_line(),
                    received=f"query {query}, value {value}, key {key}",
                    expected="one batch size; value and key with equally many steps",
                )
            )

    # -- calling ---------------------------------------------------------------------------------

    def uses_masks(self) -> bool:
        return True

    def call_with_masks(
        self,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        masks: Any,
        call: Callable[[tuple[Any, ...], Mapping[str, Any]], Any] | None = None,
    ) -> tuple[Any, list[Mask | None]]:
        """Masks that were not given are those of the arguments; that of query is the result's."""
        given = dict(kwargs)
        for name, mask in zip(_ARGUMENTS, masks or (), strict=False):
            if mask is not None and given.get(f"{name}_mask") is None:
                given[f"{name}_mask"] = mask.value
        result = (call or self._as_a_whole)(args, given)
        scores = [None] * (len(tree.flatten(result)) - 1)
        return result, [masks[0] if masks else None, *scores]

    def call(
        self,
        query: Any,
        value: Any,
        key: Any = None,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        key = value if key is None else key
        masks = (query_mask, value_mask, key_mask, attention_mask)
        gate = None if self._gate is None else ops.sigmoid(self._heads(query, self._gate))
        q, k, v = (
            self._heads(x, projection)
            for x, projection in ((query, self._query), (key, self._key), (value, self._value))
        )
        scores = None
        if self._ragged(query, value, key):
            hidden = self.sliding_window or any(m is not None for m in masks)
            dropped = training and self.dropout
            self._require_plain(bool(return_attention_scores), bool(hidden), bool(dropped))
            found: Any = ragged_attention(q, k, v, self.key_dim**-0.5, is_causal=use_causal_mask)
        else:
            self._require_fit(*(type_of(x).shape for x in (query, value, key)))
            seen = visible(query, value, *masks, causal=use_causal_mask, window=self.sliding_window)
            seen = None if seen is None else for_heads(seen)
            if return_attention_scores or (self.dropout and (training or seen is not None)):
                found, scores = self._with_scores(q, k, v, seen, training)
            else:
                found = ops.dot_product_attention(q, k, v, mask=seen, scale=self.key_dim**-0.5)
        found = found if gate is None else ops.multiply(found, gate)
        result = on_flat_values(self._joined, found)
        return (result, scores) if return_attention_scores else result

    def _heads(self, x: Any, projection: list[Any]) -> Any:
        """(..., D) as (..., heads, width), by one product."""
        return on_flat_values(_project, x, projection, 1)

    def _joined(self, found: Any) -> Any:
        return _project(found, self._output, 2)

    def _with_scores(self, q: Any, k: Any, v: Any, seen: Any, training: bool) -> Any:
        """The heads' results and their shares, written out; a hidden key has no share."""
        logits = ops.einsum("btnh,bsnh->bnts", ops.multiply(q, self.key_dim**-0.5), k)
        if seen is not None:
            lowest = -3e4 if logits.dtype == "float16" else -1e9  # those of Keras
            logits = ops.where(seen, logits, logits.dtype.type(lowest))
        scores = ops.softmax(logits, axis=-1)
        if seen is not None:
            scores = ops.where(seen, scores, scores.dtype.type(0))
        return ops.einsum("bnts,bsnh->btnh", self._drop(scores, training=training), v), scores

    def _ragged(self, *values: Any) -> bool:
        """Whether the arguments are ragged; all are, or none.

        Errors    TypeError for a mixture, and for rows of rows
        """
        types = [type_of(x) for x in values]
        ragged = [x.ragged_rank if isinstance(x, RaggedTensor) else 0 for x in values]
        if any(rank != ragged[0] for rank in ragged) or ragged[0] > 1:
            raise KGraphTypeError(
                message(
                    f"layer {self.name!r}: query, value and key are all dense or all ragged",
                    received=", ".join(f"{kind_of(found)} {found}" for found in types),
                    expected="dense (B, steps, features), or ragged (B, None, features)",
                    hint="ops.to_dense(rows) pads ragged rows",
                )
            )
        return bool(ragged[0])

    def _require_plain(self, scores: bool, masks: bool, dropped: bool) -> None:
        if not (scores or masks or dropped):
            return
        what = "scores are returned" if scores else "masks apply" if masks else "dropout is drawn"
        raise KGraphTypeError(
            message(
                f"layer {self.name!r}: no {what} on ragged rows, which attend within themselves",
                expected="a call without return_attention_scores, masks, sliding_window and "
                "dropout in training",
                hint="ops.to_dense(rows) pads the rows; value_mask then says which steps count",
            )
        )

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "key_dim": self.key_dim,
            "value_dim": self.value_dim,
            "dropout": self.dropout,
            "use_bias": self.use_bias,
            "use_gate": self.use_gate,
            "output_shape": None if self._output_sizes is None else list(self._output_sizes),
            "attention_axes": None if self.attention_axes is None else list(self.attention_axes),
            "sliding_window": self.sliding_window,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            **self._kept,
            "seed": self.seed,
        }


def _project(x: Any, projection: list[Any], taken: int) -> Any:
    """A product over the last ``taken`` axes of x, as one of matrices; then the bias."""
    kernel, bias = projection
    inner, made = kernel.shape[:taken], kernel.shape[taken:]
    outer = dims_of(x)[:-taken]
    if taken > 1:
        x = reshape_to(x, (*outer, product(inner)))
    y = ops.matmul(x, reshape_to(kernel, (product(inner), product(made))))
    if bias is not None:
        y = ops.add(y, reshape_to(bias, (product(made),)))
    return y if len(made) == 1 else reshape_to(y, (*outer, *made))


def _steps_axis(axes: Any) -> tuple[int, ...] | None:
    """``attention_axes`` as Keras keeps it: None, or the axis of the steps."""
    if axes is None:
        return None
    given = tuple(axes) if isinstance(axes, list | tuple) else (axes,)
    if given in ((1,), (-2,)):
        return (1,)
    raise KGraphValueError(
        message(
            "MultiHeadAttention: attention runs along the axis of the steps alone",
            received=f"attention_axes={axes!r}",
            expected="None or 1, for inputs (B, steps, features)",
            hint="Permute or Reshape bring the axis you mean to place 1, and several into one",
        )
    )


def _sizes(output_shape: Any) -> tuple[int, ...] | None:
    if not output_shape:
        return None
    sizes = output_shape if isinstance(output_shape, list | tuple) else (output_shape,)
    return tuple(positive_int("output_shape", size) for size in sizes)
