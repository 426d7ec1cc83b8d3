"""Ufuncs without an op of their own: each becomes an op that runs it, when it is first asked for.

``scipy.special`` has more than two hundred.  They have no kernels: in a compiled graph each is a
host step, which runs the ufunc on the whole batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kgraph.ops.dtype_rules import Keys
from kgraph.ops.elementwise import ElementwiseOp, elementwise
from kgraph.ops.op import LATE_OPS, Op
from kgraph.types.array_type import ArrayType
from kgraph.types.dims import broadcast_dims
from kgraph.types.dtypes import DType, default_float
from kgraph.types.errors import KGraphTypeError, message
from kgraph.types.operators import OPS

_FROM_NUMPY = ("bitwise_count", "frexp", "gcd", "lcm", "ldexp", "nextafter", "spacing")
_RESULTS: dict[str, int] = {}  # of each ufunc that became an op


def ufunc_op(name: str) -> Op | None:
    """The op that runs the ufunc ``name`` of ``scipy.special`` or NumPy; None if there is none.

    >>> ufunc_op("betaln")
    <op betaln(x1, x2)>
    """
    known = OPS.get(name)
    if isinstance(known, Op):
        return known
    ufunc = _find_ufunc(name)
    return None if ufunc is None else _define(ufunc)


LATE_OPS.append(ufunc_op)


def _find_ufunc(name: str) -> np.ufunc | None:
    if name in _FROM_NUMPY:
        found: Any = getattr(np, name)
    else:
        from scipy import special  # here: it takes longer to import than all of kgraph

        found = getattr(special, name, None)
    return found if isinstance(found, np.ufunc) and not found.signature else None


def _define(ufunc: np.ufunc) -> ElementwiseOp:
    made = elementwise(dtypes=lambda keys: _loop(ufunc, keys)[: ufunc.nin])(_reference(ufunc))
    made.__module__ = made.reference_function.__module__
    made.tensor_names = tuple(f"x{number + 1}" for number in range(ufunc.nin))
    _RESULTS[made.name] = ufunc.nout
    made.parameters = (*made.tensor_names, *made.attr_defaults)

    @made.infer
    def broadcast(*types: ArrayType, output: int = 0) -> ArrayType:
        found = _loop(ufunc, [type.dtype for type in types])
        return ArrayType(found[ufunc.nin + output], broadcast_dims(*(type.dims for type in types)))

    return made


def _reference(ufunc: np.ufunc) -> Callable[..., Any]:
    def one_result(*xs: Any) -> Any:
        return ufunc(*xs)

    def one_of_its_results(*xs: Any, output: int = 0) -> Any:
        return ufunc(*xs)[output]

    made = one_result if ufunc.nout == 1 else one_of_its_results
    made.__name__ = ufunc.__name__
    made.__doc__ = ufunc.__doc__
    made.__module__ = "numpy" if ufunc.__name__ in _FROM_NUMPY else "scipy.special"
    return made


def call_all_results(made: Op, inputs: Any) -> Any:
    """What the ufunc gives: one value, or a tuple of its results."""
    if "output" not in made.attr_defaults:
        return made(*inputs)
    return tuple(made(*inputs, output=number) for number in range(_RESULTS[made.name]))


def _loop(ufunc: np.ufunc, keys: Keys) -> list[DType]:
    """The dtypes of operands and results of the loop that NumPy takes for these operands.

    A whole number that no loop takes becomes ``floatx()``, as for every op.
    """
    given = [_with_dtype(key) for key in keys]
    found = _resolve(ufunc, given)
    for place, key in enumerate(given):
        if isinstance(key, np.dtype) and key.kind in "biu" and found[place].kind == "f":
            given[place] = default_float()
    found = _resolve(ufunc, given)
    if any(dtype.kind not in "biuf" for dtype in found):
        raise KGraphTypeError(f"it computes in {found[-1]}, which no graph holds")
    return found


def _with_dtype(key: Any) -> Any:
    """NumPy knows weak ints and floats, but no weak bools."""
    return np.dtype("bool") if key is bool else key


def _resolve(ufunc: np.ufunc, given: list[Any]) -> list[DType]:
    if not any(isinstance(key, np.dtype) for key in given):
        given = [np.dtype("int32") if key is int else default_float() for key in given]
    try:
        return list(ufunc.resolve_dtypes((*given, *[None] * ufunc.nout)))
    except TypeError:
        raise KGraphTypeError(
            message(
                "it has no loop for these dtypes",
                received=", ".join(str(key) for key in given),
                expected=" or ".join(ufunc.types),
            )
        ) from None
