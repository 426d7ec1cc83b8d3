"""Activation functions by name; each is an op, or is written with ops."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kgraph import ops
from kgraph.layers.custom_objects import find_custom_object
from kgraph.layers.functions import named_config, refuse_unknown
from kgraph.ops.op import lookup

Activation = Callable[..., Any]


def linear(x: Any) -> Any:
    """x itself.

    >>> linear(2.5)
    2.5
    """
    return x


def gelu(x: Any, approximate: bool = False) -> Any:
    """x times the normal distribution function at x; ``approximate`` goes through tanh.

    Source    keras.activations.gelu (exact by default, unlike ``ops.gelu``)
    """
    return ops.gelu(x, approximate=approximate)


def relu(
    x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Any:
    """x above ``threshold``, at most ``max_value``; ``negative_slope * (x - threshold)`` below.

    Edges     at ``threshold`` itself 0; nan stays nan
    Source    keras.activations.relu

    >>> import kgraph as kg
    >>> kg.layers.activations.relu([-2.0, 0.5, 9.0], negative_slope=0.5, max_value=6.0)
    array([-1. ,  0.5,  6. ], dtype=float32)
    """
    if not threshold and not negative_slope:
        if max_value is None:
            return ops.relu(x)
        return ops.relu6(x) if max_value == 6 else ops.minimum(ops.relu(x), max_value)
    if not threshold and max_value is None:
        return ops.leaky_relu(x, negative_slope=negative_slope)
    above = x if max_value is None else ops.minimum(x, max_value)
    below = ops.multiply(ops.subtract(x, threshold), negative_slope) if negative_slope else 0.0
    # asked this way round, nan takes the side of x
    return ops.where(ops.less_equal(x, threshold), below, above)


_TABLE: dict[str, Activation] = {
    "relu": relu, "relu6": ops.relu6, "leaky_relu": ops.leaky_relu, "elu": ops.elu,
    "selu": ops.selu, "celu": ops.celu, "gelu": gelu, "sigmoid": ops.sigmoid,
    "hard_sigmoid": ops.hard_sigmoid, "silu": ops.silu, "hard_silu": ops.hard_silu,
    "softplus": ops.softplus, "softsign": ops.softsign, "tanh": ops.tanh,
    "softmax": ops.softmax, "log_softmax": ops.log_softmax, "exponential": ops.exp,
    "linear": linear, "mish": ops.mish, "squareplus": ops.squareplus, "glu": ops.glu,
    "soft_shrink": ops.soft_shrink, "hard_shrink": ops.hard_shrink,
    "tanh_shrink": ops.tanh_shrink, "hard_tanh": ops.hard_tanh, "sparse_plus": ops.sparse_plus,
    "sparse_sigmoid": ops.sparse_sigmoid, "sparsemax": ops.sparsemax,
    "log_sigmoid": ops.log_sigmoid, "threshold": ops.threshold,
}  # fmt: skip
_OTHER_NAMES = {"swish": "silu", "hard_swish": "hard_silu"}
_NAMES = {id(function): name for name, function in _TABLE.items()}


def get(identifier: str | Mapping[str, Any] | Activation | None) -> Activation:
    """The activation function that ``identifier`` names; a callable is taken as it is.

    Edges     None means ``linear``
    Errors    ValueError if nothing of that name is known
    Source    keras.activations.get

    >>> get("swish") is get("silu")
    True
    """
    if identifier is None:
        return linear
    if isinstance(identifier, Mapping):
        return deserialize(identifier)
    if isinstance(identifier, str):
        found = find_custom_object(identifier) or _TABLE.get(
            _OTHER_NAMES.get(identifier, identifier)
        )
        if found is not None:
            return found
    elif callable(identifier):
        return identifier
    raise refuse_unknown(
        "activation function",
        identifier,
        [*_TABLE, *_OTHER_NAMES],
        "pass the function itself, or name it in `custom_objects`",
    )


def serialize(activation: Activation) -> str | dict[str, Any]:
    """The name of an activation, or for a function of one's own a config that names it.

    Errors    TypeError for a lambda: no config can name it

    >>> serialize(get("swish"))
    'silu'
    """
    name = _NAMES.get(id(activation))
    if name is not None:
        return name
    if hasattr(activation, "get_config"):
        cls = type(activation)
        config = activation.get_config()
        return {"module": cls.__module__, "class_name": cls.__name__, "config": config}
    return named_config(activation)  # ops.gelu too is not what the name "gelu" stands for


def deserialize(
    config: str | Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> Activation:
    """The inverse of :func:`serialize`: ``custom_objects`` maps names to functions of one's own."""
    if isinstance(config, Mapping):
        inner = config.get("config")
        named = inner if isinstance(inner, str) else config.get("class_name")
    else:
        inner, named = None, config
    if isinstance(config, Mapping) and config.get("module") == "kgraph.ops":
        return lookup(str(named))
    own = (custom_objects or {}).get(str(named)) or find_custom_object(str(named))
    if own is None:
        return get(str(named))
    if isinstance(own, type) and isinstance(inner, Mapping):
        return own(**inner)  # type: ignore[no-any-return]
    return own  # type: ignore[no-any-return]
