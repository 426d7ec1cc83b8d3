"""NumPy's functions on graph values: ``np.concatenate([x, y], -1)`` records ``ops.concatenate``.

``TABLE`` lists the functions whose arguments an op takes as they are.  The others stand in the
modules ``numpy_…`` beside this one, each a Python function with NumPy's own signature: Python binds
the arguments, and a keyword that no op knows is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from kgraph.ops.op import Op, lookup
from kgraph.types.errors import KGraphTypeError, did_you_mean, message
from kgraph.types.operators import NUMPY_PROTOCOLS, OPS

Function = Callable[..., Any]

# Function: the op, and NumPy's parameters in their order; "-" marks those that the op has not.
TABLE = {
    "allclose": ("allclose", "a b rtol atol equal_nan"),
    "argmax": ("argmax", "a axis -out keepdims"),
    "argmin": ("argmin", "a axis -out keepdims"),
    "argpartition": ("argpartition", "a kth axis -kind -order"),
    "broadcast_to": ("broadcast_to", "array shape -subok"),
    "count_nonzero": ("count_nonzero", "a axis"),
    "cumprod": ("cumprod", "a axis dtype -out"),
    "cumsum": ("cumsum", "a axis dtype -out"),
    "diag": ("diag", "v k"),
    "diagflat": ("diagflat", "v k"),
    "diagonal": ("diagonal", "a offset axis1 axis2"),
    "digitize": ("digitize", "x bins right"),
    "dot": ("dot", "a b -out"),
    "expand_dims": ("expand_dims", "a axis"),
    "fix": ("trunc", "x -out"),
    "flip": ("flip", "m axis"),
    "fliplr": ("fliplr", "m"),
    "flipud": ("flipud", "m"),
    "i0": ("i0", "x"),
    "imag": ("imag", "val"),
    "inner": ("inner", "a b"),
    "interp": ("interp", "x xp fp left right -period"),
    "isclose": ("isclose", "a b rtol atol equal_nan"),
    "isneginf": ("isneginf", "x -out"),
    "isposinf": ("isposinf", "x -out"),
    "isreal": ("isreal", "x"),
    "kron": ("kron", "a b"),
    "moveaxis": ("moveaxis", "a source destination"),
    "nan_to_num": ("nan_to_num", "x -copy nan posinf neginf"),
    "nanargmax": ("nanargmax", "a axis -out keepdims"),
    "nanargmin": ("nanargmin", "a axis -out keepdims"),
    "nancumprod": ("nancumprod", "a axis dtype -out"),
    "nancumsum": ("nancumsum", "a axis dtype -out"),
    "nanmedian": ("nanmedian", "a axis -out -overwrite_input keepdims"),
    "outer": ("outer", "a b -out"),
    "ptp": ("ptp", "a axis -out keepdims"),
    "ravel": ("ravel", "a -order"),
    "real": ("real", "val"),
    "repeat": ("repeat", "a repeats axis"),
    "reshape": ("reshape", "a shape -order"),
    "roll": ("roll", "a shift axis"),
    "rot90": ("rot90", "m k axes"),
    "round": ("round", "a decimals -out"),
    "around": ("round", "a decimals -out"),
    "sinc": ("sinc", "x"),
    "squeeze": ("squeeze", "a axis"),
    "swapaxes": ("swapaxes", "a axis1 axis2"),
    "take": ("take", "a indices axis -out -mode"),
    "take_along_axis": ("take_along_axis", "arr indices axis"),
    "tensordot": ("tensordot", "a b axes"),
    "tile": ("tile", "A reps"),
    "trace": ("trace", "a offset axis1 axis2 -dtype -out"),
    "transpose": ("transpose", "a axes"),
    "tril": ("tril", "m k"),
    "triu": ("triu", "m k"),
    "vander": ("vander", "x N increasing"),
    "vdot": ("vdot", "a b"),
}

# keywords that ask for nothing that an op would not do anyway
_NO_QUESTION: dict[str, tuple[Any, ...]] = {
    "order": ("C", "K", "A", None),
    "out": (None,),
    "mode": ("raise",),
    "copy": (True, False, None),
    "dtype": (None,),
    "subok": (True, False),
    "kind": (None, "stable", "quicksort", "introselect"),
    "overwrite_input": (True, False),
    "stable": (None, True, False),
}

# functions that no op stands for, and what to take in their place
NEAREST = {
    "put": "ops.scatter_update, or ops.where",
    "histogram2d": "ops.digitize of each, then ops.bincount",
    "histogramdd": "ops.digitize of each, then ops.bincount",
    "trim_zeros": "x[ops.flatnonzero(x)[0]:]",
    "ix_": "ops.take on one axis after the other",
    "apply_along_axis": "an op with `axis`",
    "vectorize": "ops: they work on whole arrays",
    "polyfit": "ops.vander and a solution that is computed outside",
}

# modules of NumPy of which no function, or only those that are listed, can be part of a graph
_WHOLE_MODULES = {"fft": "complex numbers", "linalg": "factors of matrices"}

_MODULES = (
    "numpy_distinct",
    "numpy_entries",
    "numpy_orders",
    "numpy_products",
    "numpy_reductions",
    "numpy_shapes",
    "numpy_signals",
)

FUNCTIONS: dict[Function, Function] = {}


def numpy_function(*names: str) -> Callable[[Function], Function]:
    """Let the decorated function stand for these functions of NumPy."""

    def enter(call: Function) -> Function:
        for name in names:
            found: Any = np
            for part in name.split("."):
                found = getattr(found, part)
            FUNCTIONS[found] = call
        return call

    return enter


def refuse_keywords(function: str, instead: str = "", **keywords: Any) -> None:
    """Raise for each keyword that asks for something."""
    for keyword, value in keywords.items():
        known = _NO_QUESTION.get(keyword, (None, True))
        if type(value).__name__ == "_NoValueType" or any(value is item for item in known):
            continue
        if isinstance(value, str) and value in known:
            continue
        raise KGraphTypeError(
            message(
                f"np.{function}: {keyword} cannot be given for symbolic values",
                received=f"{keyword}={value!r}",
                hint=instead or None,
            )
        )


def _adapted(name: str, op: Op, parameters: str) -> Function:
    """``op`` under the names that NumPy gives its parameters."""
    order = [parameter.removeprefix("-") for parameter in parameters.split()]
    taken = [parameter for parameter in parameters.split() if parameter[0] != "-"]
    renamed = dict(zip(taken, op.parameters, strict=False))

    def call(*args: Any, **keywords: Any) -> Any:
        given = {}
        for keyword, value in (*zip(order, args, strict=False), *keywords.items()):
            if type(value).__name__ == "_NoValueType":
                continue
            if keyword in renamed:
                given[renamed[keyword]] = value
            else:
                refuse_keywords(name, **{keyword: value})
        return op(**given)

    return call


def call_function(function: Function, args: Any, keywords: Mapping[str, Any]) -> Any:
    """What ``__array_function__`` of every graph value does."""
    call = functions().get(function)
    if call is None:
        call = _from_table(function)
    return call(*args, **keywords)


NUMPY_PROTOCOLS["function"] = call_function


@cache
def functions() -> dict[Function, Function]:
    """What stands for the functions that ``TABLE`` does not list, loaded when one is called."""
    for name in _MODULES:
        import_module(f"kgraph.ops.{name}")
    return FUNCTIONS


def _from_table(function: Function) -> Function:
    name = function.__name__
    entry = TABLE.get(name)
    if entry is None or getattr(np, name, None) is not function:
        raise _unknown(function)
    op = lookup(entry[0])
    call = FUNCTIONS[function] = _adapted(name, op, entry[1])
    return call


def _unknown(function: Function) -> KGraphTypeError:
    module = function.__module__.removeprefix("numpy").removeprefix(".")
    name = function.__name__
    if module in _WHOLE_MODULES:
        return KGraphTypeError(
            message(
                f"np.{module}.{name}: graphs do not compute {_WHOLE_MODULES[module]}",
                hint="compute it outside of the graph, and feed its result to an Input",
            )
        )
    nearest = NEAREST.get(name)
    hint = f"take {nearest}" if nearest else did_you_mean(name, [*TABLE, *OPS])
    wrap = "or compute it in a Layer or a Lambda that is made of ops, or outside of the graph"
    return KGraphTypeError(
        message(
            f"np.{module + '.' if module else ''}{name}: no op of kgraph stands for this function",
            expected="a function with an op of its name, as in `kgraph.ops`",
            hint=f"{hint}; {wrap}" if hint else wrap.removeprefix("or "),
        )
    )
