"""MultiHeadAttention: who attends to whom, through which projections, and what masks hide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .registry import Draw, case

# Biases that are not zero, so that the recording shows them.
_MADE = {"num_heads": 2, "key_dim": 3, "bias_initializer": "random_normal"}


def _self_attention(name: str, call: dict[str, Any] | None = None, **kwargs: Any) -> None:
    @case(f"multi_head_attention_{name}")
    def _(k: Any, draw: Draw) -> tuple[Any, Any]:
        x = k.Input((5, 4))
        layer = k.layers.MultiHeadAttention(**{**_MADE, **kwargs})
        return k.Model(x, layer(x, x, **(call or {}))), draw.floats((3, 5, 4))


_self_attention("self")
_self_attention("one_head", num_heads=1)
_self_attention("value_dim", value_dim=5)
_self_attention("without_bias", use_bias=False)
_self_attention("output_shape", output_shape=6)
_self_attention("output_shape_of_two", output_shape=(2, 3))
_self_attention("axis_1", attention_axes=1)
_self_attention("gate", use_gate=True, value_dim=5)
_self_attention("dropout_at_inference", dropout=0.5)
_self_attention("causal", {"use_causal_mask": True})
_self_attention("window", sliding_window=2)
_self_attention("causal_window", {"use_causal_mask": True}, sliding_window=2)
_self_attention("scores", {"return_attention_scores": True})
_self_attention("causal_scores", {"return_attention_scores": True, "use_causal_mask": True})


@case("multi_head_attention_unknown_steps")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input((None, 4))
    layer = k.layers.MultiHeadAttention(**_MADE)
    return k.Model(x, layer(x, x, use_causal_mask=True)), draw.floats((3, 5, 4))


@case("multi_head_attention_float64")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input((5, 4), dtype="float64")
    # a width of which TensorFlow holds the root exactly: it takes the scale in float32
    layer = k.layers.MultiHeadAttention(**{**_MADE, "key_dim": 4}, dtype="float64")
    return k.Model(x, layer(x, x)), draw.floats((3, 5, 4), dtype="float64")


def _cross_attention(name: str, with_key: bool = False, **call: Any) -> None:
    @case(f"multi_head_attention_{name}")
    def _(k: Any, draw: Draw) -> tuple[Any, Any]:
        query, value, key = k.Input((2, 4)), k.Input((5, 3)), k.Input((5, 6))
        feeds = [draw.floats(shape) for shape in ((3, 2, 4), (3, 5, 3), (3, 5, 6))]
        taken = 3 if with_key else 2
        layer = k.layers.MultiHeadAttention(**_MADE)
        output = layer(*[query, value, key][:taken], **call)
        return k.Model([query, value, key][:taken], output), feeds[:taken]


_cross_attention("cross")
_cross_attention("cross_causal", use_causal_mask=True)
_cross_attention("key", with_key=True)
_cross_attention("key_scores", with_key=True, return_attention_scores=True)


def _attention_mask(name: str, shape: tuple[int, ...], **kwargs: Any) -> None:
    """One mask says who sees whom; some queries see nothing."""

    @case(f"multi_head_attention_{name}")
    def _(k: Any, draw: Draw) -> tuple[Any, Any]:
        x, seen = k.Input((5, 4)), k.Input(shape, dtype="bool")
        layer = k.layers.MultiHeadAttention(**_MADE, **kwargs)
        masks = draw.choice((3, *shape))
        masks[0, ..., 0, :] = False
        asked = {"return_attention_scores": True} if "scores" in name else {}
        output = layer(x, x, attention_mask=seen, **asked)
        return k.Model([x, seen], output), [draw.floats((3, 5, 4)), masks]


_attention_mask("attention_mask", (5, 5))
_attention_mask("attention_mask_of_heads", (2, 5, 5))
_attention_mask("attention_mask_scores", (5, 5))
_attention_mask("attention_mask_dropout", (5, 5), dropout=0.5)


@case("multi_head_attention_masks_of_values_and_keys")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    query, value = k.Input((2, 4)), k.Input((5, 4))
    masks = [k.Input((5,), dtype="bool") for _ in range(2)]
    layer = k.layers.MultiHeadAttention(**_MADE)
    output = layer(query, value, value, value_mask=masks[0], key_mask=masks[1])
    feeds = [draw.floats((3, 2, 4)), draw.floats((3, 5, 4))]
    return k.Model([query, value, *masks], output), [*feeds, *(draw.choice((3, 5)) for _ in "vk")]


def _embedded(name: str, then: Callable[[Any, Any, Any], Any], **kwargs: Any) -> None:
    """Of ids with padding, and of others without; masks come with the embedding."""

    @case(f"multi_head_attention_{name}")
    def _(k: Any, draw: Draw) -> tuple[Any, Any]:
        ids, others = k.Input((5,), dtype="int32"), k.Input((2, 4))
        x = k.layers.Embedding(6, 4, mask_zero=True)(ids)
        layer = k.layers.MultiHeadAttention(**_MADE, **kwargs)
        feed = draw.ints((3, 5), 1, 6)
        feed[0, 3:], feed[1, 1:], feed[2, :] = 0, 0, 0
        return k.Model([ids, others], then(layer, x, others)), [feed, draw.floats((3, 2, 4))]


_embedded("of_padded_steps", lambda layer, x, others: [layer(x, x), others])
_embedded("to_padded_steps", lambda layer, x, others: layer(others, x))
_embedded("of_padded_queries", lambda layer, x, others: layer(x, others))
_embedded(
    "of_padded_steps_causal", lambda layer, x, others: [layer(x, x, use_causal_mask=True), others]
)
_embedded(
    "of_padded_steps_scores",
    lambda layer, x, others: [*layer(x, x, return_attention_scores=True), others],
)


@case("multi_head_attention_hands_its_mask_on")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    ids = k.Input((5,), dtype="int32")
    x = k.layers.Embedding(6, 4, mask_zero=True)(ids)
    x = k.layers.MultiHeadAttention(**_MADE)(x, x)
    feed = draw.ints((3, 5), 1, 6)
    feed[0, 3:], feed[1, 1:] = 0, 0
    return k.Model(ids, k.layers.GlobalAveragePooling1D()(x)), feed


@case("multi_head_attention_encoder_block")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    x = k.Input((5, 8))
    h = la.LayerNormalization()(la.Add()([x, la.MultiHeadAttention(2, 4, dropout=0.1)(x, x)]))
    inner = la.Dense(8)(la.Dense(16, activation="gelu")(h))
    return k.Model(x, la.LayerNormalization()(la.Add()([h, la.Dropout(0.1)(inner)]))), (
        draw.floats((3, 5, 8))
    )
