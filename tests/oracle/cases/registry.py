"""What a case is, and how cases are declared.

A case is a function of a namespace `k` (`Input, Model, Sequential, layers, ops`) that builds a
model and a feed for it. The recorder passes Keras as `k`, the replay passes kgraph: the text of
the graph is written once, so that the two can differ in their numbers only.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike

Array: TypeAlias = np.ndarray[Any, Any]


class Draw:
    """Reproducible values, seeded by a name.

    They are made from the raw bits of PCG64, which NumPy promises never to change, and lie on a
    grid of 1/64, so that the recordings compress well.
    """

    def __init__(self, name: str) -> None:
        self._bits = np.random.PCG64(zlib.crc32(name.encode()))

    def ints(
        self, shape: int | tuple[int, ...], low: int, high: int, dtype: DTypeLike = "int32"
    ) -> Array:
        """Integers in `low … high - 1`."""
        raw = self._bits.random_raw(int(np.prod(shape))) >> np.uint64(11)
        offsets = (raw % np.uint64(high - low)).astype("int64")
        return (low + offsets).astype(dtype).reshape(shape)

    def floats(
        self,
        shape: int | tuple[int, ...],
        low: float = -2.0,
        high: float = 2.0,
        dtype: DTypeLike = "float32",
    ) -> Array:
        """Floats in `low … high`, multiples of 1/64."""
        return (self.ints(shape, round(low * 64), round(high * 64) + 1) / 64).astype(dtype)

    def choice(self, shape: int | tuple[int, ...]) -> Array:
        """Booleans."""
        return self.ints(shape, 0, 2).astype(bool)


@dataclass(frozen=True)
class Ragged:
    """A ragged feed: flat values and the row splits of each ragged axis, outermost first."""

    flat_values: Array
    splits: tuple[Array, ...]

    @classmethod
    def of(cls, flat_values: Array, *splits: Sequence[int]) -> Ragged:
        return cls(flat_values, tuple(np.asarray(s, "int64") for s in splits))


@dataclass(frozen=True)
class Sparse:
    """A sparse feed: the parts of a CSR matrix."""

    data: Array
    indices: Array
    indptr: Array
    shape: tuple[int, ...]

    @classmethod
    def of(cls, dense: Array) -> Sparse:
        """The entries of `dense` that are not zero."""
        rows, columns = np.nonzero(dense)
        indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(dense)))])
        return cls(dense[rows, columns], columns.astype("int64"), indptr, dense.shape)


@dataclass(frozen=True)
class Coo:
    """A sparse value of any rank: the coordinates of its entries, row by row."""

    indices: Array
    values: Array
    shape: tuple[int, ...]


Feed: TypeAlias = Callable[[Draw], Any]
Builder: TypeAlias = Callable[[Any, Draw], tuple[Any, Any]]


@dataclass(frozen=True)
class Case:
    """A model and its feed: `build(k, Draw(name)) -> (model, feed)`."""

    name: str
    sources: tuple[str, ...]  # the libraries that answer: "keras", "tf_keras", or both
    build: Builder
    batch_first: bool = True  # row i of each output belongs to row i of each input: predict works


@dataclass(frozen=True)
class OpCase:
    """One call of `keras.ops`: `call(ops, *args)`, run eagerly and as a graph of its arrays.

    A call that spells an operator (`x * 2`) says nothing about ops when `x` is an array; it has
    `eager=False` and is run as a graph only.  Where Keras can only call the op on values, it has
    `graph=False`: kgraph's graph is held to what that gave.  Where an op asks for sizes, they are
    `known`.
    """

    name: str
    call: Callable[..., Any]
    args: tuple[Any, ...]
    eager: bool = True
    graph: bool = True
    known: bool = False

    def build(self, k: Any) -> tuple[Any, list[Array]]:
        """The call as a functional model; arguments that are not arrays stay constants."""
        feeds = [a for a in self.args if isinstance(a, np.ndarray)]
        # An unknown first dimension, as models have it, where all arrays agree on its size.
        alike = not self.known and len({a.shape[:1] for a in feeds}) == 1
        batch = None if alike and feeds[0].ndim else ...
        inputs = [
            k.Input(
                batch_shape=(a.shape if batch is ... else (None, *a.shape[1:])), dtype=a.dtype.name
            )
            for a in feeds
        ]
        symbols = iter(inputs)
        args = [next(symbols) if isinstance(a, np.ndarray) else a for a in self.args]
        return k.Model(inputs, self.call(k.ops, *args)), feeds


CASES: dict[str, Case] = {}
OP_CASES: dict[str, OpCase] = {}


def case(name: str, *sources: str, batch_first: bool = True) -> Callable[[Builder], Builder]:
    """Declares the decorated builder as the case `name`; Keras 3 answers if nobody is named."""

    def declare(build: Builder) -> Builder:
        assert name not in CASES, name
        CASES[name] = Case(name, sources or ("keras",), build, batch_first)
        return build

    return declare


def layer_case(
    name: str,
    layer: Callable[[Any], Any],
    *feeds: Feed,
    sources: tuple[str, ...] = ("keras",),
    batch_first: bool = True,
    **input_kwargs: Any,
) -> None:
    """A case with one layer on one Input for each feed; `layer(k.layers)` makes the layer."""

    def build(k: Any, draw: Draw) -> tuple[Any, Any]:
        values = [feed(draw) for feed in feeds]
        inputs = [k.Input(**{**_input_for(v), **input_kwargs}) for v in values]
        single = len(values) == 1
        output = layer(k.layers)(inputs[0] if single else inputs)
        return k.Model(inputs[0] if single else inputs, output), values[0] if single else values

    case(name, *sources, batch_first=batch_first)(build)


def _input_for(value: Any) -> dict[str, Any]:
    """The arguments of the Input that takes `value`."""
    if isinstance(value, Sparse):
        return {"shape": value.shape[1:], "dtype": value.data.dtype.name, "sparse": True}
    if isinstance(value, Coo):
        return {"shape": value.shape[1:], "dtype": value.values.dtype.name, "sparse": True}
    if isinstance(value, Ragged):
        shape = (None,) * len(value.splits) + value.flat_values.shape[1:]
        return {"shape": shape, "dtype": value.flat_values.dtype.name, "ragged": True}
    return {"shape": value.shape[1:], "dtype": value.dtype.name}


def floats(*shape: int, low: float = -2.0, high: float = 2.0, dtype: str = "float32") -> Feed:
    """A feed of `Draw.floats`."""
    return lambda draw: draw.floats(shape, low, high, dtype)


def ints(*shape: int, low: int = 0, high: int = 10, dtype: str = "int32") -> Feed:
    """A feed of `Draw.ints`."""
    return lambda draw: draw.ints(shape, low, high, dtype)


def op_cases(
    op: str,
    argument_sets: Mapping[str, Any],
    call: Callable[..., Any] | None = None,
    *,
    eager: bool = True,
    graph: bool = True,
    known: bool = False,
    **options: Any,
) -> None:
    """One case `ops.op-label` for each labelled tuple of arguments, or single argument.

    The call is `ops.op(*arguments, **options)`, or else `call(ops, *arguments)`.
    """

    def named(ops: Any, *args: Any) -> Any:
        return getattr(ops, op)(*args, **options)

    for label, arguments in argument_sets.items():
        name = f"ops.{op}-{label}"
        assert name not in OP_CASES, name
        args = arguments if isinstance(arguments, tuple) else (arguments,)
        OP_CASES[name] = OpCase(name, call or named, args, eager, graph, known)


def leaves(structure: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The values in nested lists, tuples and dicts, each with its dotted path."""
    if isinstance(structure, Mapping):
        items: Any = structure.items()
    elif isinstance(structure, list | tuple):
        items = enumerate(structure)
    else:
        yield path, structure
        return
    for key, value in items:
        yield from leaves(value, f"{path}.{key}" if path else str(key))


def map_leaves(convert: Callable[[Any], Any], structure: Any) -> Any:
    """`structure` with `convert` applied to each of its values."""
    if isinstance(structure, Mapping):
        return {key: map_leaves(convert, value) for key, value in structure.items()}
    if isinstance(structure, list | tuple):
        return type(structure)(map_leaves(convert, value) for value in structure)
    return convert(structure)
