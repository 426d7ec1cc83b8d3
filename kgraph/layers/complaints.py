"""What layers say of wrong arguments, and of errors that happen inside them."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from kgraph.graph.scope import current_line, current_path
from kgraph.graph.source import raised_line, user_line
from kgraph.types import tree
from kgraph.types.composite import is_composite
from kgraph.types.csr import CSR
from kgraph.types.errors import (
    KGraphError,
    KGraphTypeError,
    KGraphValueError,
    did_you_mean,
    locate,
    message,
)
from kgraph.types.ragged import RaggedTensor
from kgraph.types.sparse import is_sparse
from kgraph.types.symbolic import Symbolic
from kgraph.types.variable import Variable

if TYPE_CHECKING:
    from kgraph.layers.layer import Layer

_VALUES = (Symbolic, np.ndarray, np.generic, RaggedTensor, CSR, Variable, bool, int, float)
# What Keras hands to weights for training, or for devices that are not here.
_IGNORED = (
    "regularizer", "constraint", "autocast", "aggregation", "overwrite_with_gradient",
    "synchronization", "use_resource", "experimental_autocast", "collections", "caching_device",
)  # fmt: skip
_NOTED = "in layer "


def blame_layer(error: Exception, layer: Layer) -> None:
    """Tell an error which layer it happened in, who called that, and at which line of its call."""
    path = "/".join(filter(None, [current_path(), layer.name]))
    where = f"layer {path!r} ({type(layer).__name__}), {current_line() or user_line()}"
    inside = raised_line(error)
    if isinstance(error, KGraphError):
        locate(error, where=f"{where}\nin its call, {inside}" if inside else where)
        return
    notes = getattr(error, "__notes__", [])
    if any(note.startswith(_NOTED) for note in notes) or not hasattr(error, "__dict__"):
        return
    note = _NOTED + where.removeprefix("layer ")
    error.__notes__ = [*notes, f"{note}\n  raised at {inside}" if inside else note]


def require_result(layer: Layer, result: Any) -> None:
    """Refuse what a `call` cannot return: nothing at all, above all."""
    for place, leaf in zip(tree.paths(result), tree.flatten(result), strict=True):
        if isinstance(leaf, _VALUES) or is_sparse(leaf) or is_composite(leaf):
            continue
        nothing = leaf is None and not place
        raise KGraphTypeError(
            message(
                f"layer {layer.name!r}: its `call` returned "
                + ("None" if nothing else f"something that is no array{place and f' at {place}'}"),
                received=f"{leaf!r} of type {type(leaf).__name__}",
                expected="what ops return, in any nesting of lists, tuples and dicts",
                hint="end `call` with `return`" if nothing else None,
            )
        )


def refuse_keywords(cls: type, unknown: Iterable[str]) -> NoReturn:
    """A layer got arguments that neither it nor its bases know."""
    names = sorted(unknown)
    known = dict.fromkeys(
        name
        for base in cls.__mro__
        if "__init__" in base.__dict__
        for name in inspect.signature(base.__dict__["__init__"]).parameters
        if name not in ("self", "args", "kwargs")
    )
    raise KGraphValueError(
        message(
            f"{cls.__name__} got unrecognized keyword arguments: {names}",
            where=user_line(),
            hint=did_you_mean(names[0], known),
        )
    )


def weight_shape(layer: str, name: str | None, shape: Any) -> tuple[int, ...]:
    """The shape that `add_weight` was given, as a tuple of ints."""
    if isinstance(shape, str):
        raise KGraphTypeError(
            message(
                f"layer {layer!r}: add_weight takes the shape first, as Keras 3 does",
                where=user_line(),
                received=f"shape={shape!r}",
                hint=f"add_weight(shape=..., name={shape!r})",
            )
        )
    sizes = tuple(shape) if isinstance(shape, list | tuple) else (shape,)
    if any(size is None for size in sizes):
        raise KGraphValueError(
            message(
                f"layer {layer!r}: weight {name!r} would have the shape {sizes}",
                where=user_line(),
                expected="a shape that is fully known",
                hint="give the Input a known size on its last axis",
            )
        )
    if not all(hasattr(size, "__index__") and size >= 0 for size in sizes):
        raise KGraphTypeError(
            message(
                f"layer {layer!r}: the shape of weight {name!r} does not consist of sizes",
                where=user_line(),
                received=f"shape={shape!r}",
                expected="whole numbers, 0 or above",
            )
        )
    return tuple(int(size) for size in sizes)


def check_weight_keywords(layer: str, kwargs: Mapping[str, Any]) -> None:
    known = ("shape", "initializer", "dtype", "trainable", "name", *_IGNORED)
    for name in kwargs:
        if name not in _IGNORED:
            raise KGraphTypeError(
                message(
                    f"layer {layer!r}: add_weight has no argument {name!r}",
                    where=user_line(),
                    hint=did_you_mean(name, known),
                )
            )


def refuse_training(name: str, what: str) -> NoReturn:
    """Keras trains here; kgraph runs what was trained."""
    raise KGraphTypeError(
        message(
            f"{name!r} has no `{what}`: kgraph runs models and does not train them",
            where=user_line(),
            hint="train the model with Keras, then bring its weights here: "
            "model.set_weights(keras_model.get_weights())",
        )
    )
