"""Activation functions by name; each is an op, or is written with ops."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from kgraph import ops
from kgraph.layers.custom_objects import find_custom_object
from kgraph.layers.functions import named_config, refuse_unknown
from kgraph.ops.op import lookup
from kgraph.types.names import no_such_name

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


_OPS = (
    "relu6", "leaky_relu", "elu", "selu", "celu", "sigmoid", "hard_sigmoid", "silu", "hard_silu",
    "softplus", "softsign", "tanh", "softmax", "log_softmax", "mish", "squareplus", "glu",
    "soft_shrink", "hard_shrink", "tanh_shrink", "hard_tanh", "sparse_plus", "sparse_sigmoid",
    "sparsemax", "log_sigmoid", "threshold",
)  # fmt: skip
_OTHER_NAMES = {"swish": "silu", "hard_swish": "hard_silu"}


@cache
def _table() -> dict[str, Activation]:
    """The activations by name; made when the first one is asked for, as the ops are."""
    own: dict[str, Activation] = {"relu": relu, "linear": linear, "gelu": gelu}
    return own | {"exponential": ops.exp} | {name: getattr(ops, name) for name in _OPS}


@cache
def _names() -> dict[int, str]:
    """The name of each activation, by its identity: some ops stand under no name of their own."""
    return {id(function): name for name, function in _table().items()}


if not TYPE_CHECKING:

    def __getattr__(name):  # keras.activations.softmax
        found = None if name.startswith("_") else _table().get(_OTHER_NAMES.get(name, name))
        if found is None:
            raise no_such_name(__name__, name, [*_table(), *_OTHER_NAMES])
        return found


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
        found = find_custom_object(identifier) or _table().get(
            _OTHER_NAMES.get(identifier, identifier)
        )
        if found is not None:
            return found
    elif callable(identifier):
        return identifier
    raise refuse_unknown(
        "activation function",
        identifier,
        [*_table(), *_OTHER_NAMES],
        "pass the function itself, or name it in `custom_objects`",
    )


def serialize(activation: Activation) -> str | dict[str, Any]:
    """The name of an activation, or for a function of one's own a config that names it.

    Errors    TypeError for a lambda: no config can name it

    >>> serialize(get("swish"))
    'silu'
    """
    name = _names().get(id(activation))
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
