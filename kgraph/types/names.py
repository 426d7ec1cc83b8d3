"""What a name that a module has not may have meant: a slip, a name elsewhere, or TensorFlow's."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from kgraph.types.errors import KGraphAttributeError, did_you_mean, message

# what kgraph calls what TensorFlow calls so
OF_TENSORFLOW = {
    "add_n": "kg.add, or kg.sum of a kg.stack",
    "batch_matmul": "kg.matmul",
    "clip_by_value": "kg.clip",
    "concat": "kg.concatenate",
    "fill": "kg.full",
    "floordiv": "kg.floor_divide",
    "floormod": "kg.mod",
    "gather": "kg.take with an axis (and batch_dims), or x[indices]",
    "gather_nd": "indexing with an array for each axis, x[i, j]",
    "is_inf": "kg.isinf",
    "is_nan": "kg.isnan",
    "lgamma": "scipy.special.gammaln",
    "placeholder": "kg.Input",
    "range": "kg.arange",
    "reduce_all": "kg.all",
    "reduce_any": "kg.any",
    "reduce_logsumexp": "kg.logsumexp",
    "reduce_max": "kg.max",
    "reduce_mean": "kg.mean",
    "reduce_min": "kg.min",
    "reduce_prod": "kg.prod",
    "reduce_std": "kg.std",
    "reduce_sum": "kg.sum",
    "reduce_variance": "kg.var",
    "reverse": "kg.flip",
    "scatter_nd": "kg.scatter",
    "squared_difference": "kg.square of x - y",
    "strided_slice": "indexing, x[start:stop:step]",
    "tensor_scatter_nd_add": "kg.scatter_update with reduction='add'",
    "tensor_scatter_nd_update": "kg.scatter_update",
    "truediv": "kg.true_divide",
}
_NO_GRADIENTS = (
    "kgraph computes no gradients: train with Keras, and give the weights to a kgraph model"
)
_NO_LOOPS = (
    "the loops of a graph are those over its axes: apply an op to a whole axis, or write a Layer "
    "whose `call` loops as often as is known when the graph is drawn"
)
# what is not here, and what is done instead
INSTEAD = {
    "GradientTape": _NO_GRADIENTS,
    "Module": "kg.layers.Layer",
    "Session": "a kg.Model is called with arrays",
    "constant": "an array of NumPy stands in a graph as it is",
    "fori_loop": _NO_LOOPS,
    "function": "kg.compile(model) compiles; a kg.Function is a graph",
    "grad": _NO_GRADIENTS,
    "gradients": _NO_GRADIENTS,
    "jit": "kg.compile(model) compiles",
    "linalg": "the ops stand in kg itself: kg.matmul",
    "map_fn": _NO_LOOPS,
    "math": "the ops stand in kg itself: tf.math.exp is kg.exp",
    "nn": "the ops stand in kg itself: tf.nn.relu is kg.relu",
    "numpy_function": "np functions draw the graph themselves; else write a Layer with ops",
    "py_function": "np functions draw the graph themselves; else write a Layer with ops",
    "vectorized_map": _NO_LOOPS,
    "while_loop": _NO_LOOPS,
}
_NO_CROSSES = (
    "it joins items to strings, or hashes those: cross columns where the data is read; "
    "docs/ragged.md has what is arithmetic"
)
_INSTEAD_IN = {"kgraph.ragged": {"cross": _NO_CROSSES, "cross_hashed": _NO_CROSSES}}
_MODULES = ("kgraph", "kgraph.ops", "kgraph.layers", "kgraph.models")


def no_such_name(module: str, name: str, known: Iterable[str]) -> KGraphAttributeError:
    """The error for a name that ``module`` has not.

    >>> str(no_such_name("kgraph", "reduce_sum", [])).splitlines()[-1]
    '  try       tf.reduce_sum is kg.sum'
    """
    what = f"module {module!r} has no attribute {name!r}"
    if name.startswith("_"):  # a protocol asks: nobody reads the hint
        return KGraphAttributeError(what)
    return KGraphAttributeError(message(what, hint=_hint(module, name, known)))


def _hint(module: str, name: str, known: Iterable[str]) -> str | None:
    if name in _INSTEAD_IN.get(module, ()):
        return _INSTEAD_IN[module][name]
    if module != "kgraph.layers" and name in OF_TENSORFLOW:
        return f"tf.{name} is {OF_TENSORFLOW[name]}"
    if module != "kgraph.layers" and name in INSTEAD:
        return INSTEAD[name]
    for other in _MODULES:
        if other != module and name in getattr(sys.modules.get(other), "__all__", ()):
            return f"it is {other.replace('kgraph', 'kg')}.{name}"
    return did_you_mean(name, [one for one in known if not one.startswith("_")])
