"""Outputs: flat arrays put together as the values they are parts of, and ``out=`` checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from kgraph.ops.operands import component_types
from kgraph.types.array_type import ArrayType, CompositeType, RaggedType, SparseType, ValueType
from kgraph.types.composite import value_of
from kgraph.types.csr import CSR
from kgraph.types.dims import evaluate
from kgraph.types.errors import KGraphValueError, message
from kgraph.types.ragged import RaggedTensor
from kgraph.types.sparse import from_csr


def assemble(type: ValueType, parts: Sequence[np.ndarray], sizes: Mapping[str, int]) -> Any:
    """The value of ``type`` whose component arrays are ``parts``."""
    if isinstance(type, RaggedType):
        return RaggedTensor._make(parts[0], tuple(parts[1:]), type.uniform)
    if isinstance(type, SparseType):
        told = type.sizes is not None
        inner = parts[3].shape[:-1] if told else [evaluate(size, sizes) for size in type.dims[1:]]
        return from_csr(CSR(parts[0], parts[1], parts[2], (len(parts[2]) - 1, *inner)))
    if isinstance(type, CompositeType):
        return _assemble_composite(type, parts, sizes)
    return parts[0]


def _assemble_composite(
    type: CompositeType, parts: Sequence[np.ndarray], sizes: Mapping[str, int]
) -> Any:
    arrays = iter(parts)
    inner = [
        assemble(part, list(islice(arrays, len(component_types(part)))), sizes)
        for part in type.parts
    ]
    return value_of(type.spec, inner)


def check_out_array(
    array: Any, type: ArrayType, shape: tuple[int, ...], inputs: Sequence[np.ndarray]
) -> None:
    """Refuse an array that kernels could not write an output into."""
    fits = (
        isinstance(array, np.ndarray)
        and array.dtype == type.dtype
        and array.shape == shape
        and array.flags.c_contiguous
        and array.flags.writeable
    )
    if not fits:
        received = getattr(array, "dtype", None)
        raise KGraphValueError(
            message(
                "out: the array does not fit the output",
                received=f"{array.__class__.__name__} {received} {getattr(array, 'shape', '')}",
                expected=f"a writeable C-contiguous {type.dtype} array of shape {shape}",
            )
        )
    if any(np.may_share_memory(array, given) for given in inputs):
        raise KGraphValueError("out: the array shares memory with an input; give one of its own")
