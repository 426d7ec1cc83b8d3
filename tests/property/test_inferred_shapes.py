"""Every op on operands of unknown sizes: the shapes that it infers are those of its results.

The samples of an op say what it takes.  Their sizes become symbols, all of them or one at a time,
and what is inferred is evaluated for batches of other sizes, 0 and 1 among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import numpy as np
import pytest

import kgraph as kg
from kgraph.compiler.ir import symbols_in
from kgraph.ops import operands
from kgraph.ops.op import Abstract, Op, Sample
from kgraph.types import tree
from kgraph.types.array_type import ArrayType
from kgraph.types.csr import CSR
from kgraph.types.dims import Dim, evaluate
from kgraph.types.errors import KGraphError
from kgraph.types.ragged import RaggedTensor
from tests.ops.test_every_op import PUBLIC, described, flat
from tests.ops.tracing import sizes_of

SIZES = (0, 1, 2, 3, 5)
TOLD_BY_ONES = {"squeeze"}  # without `axis` it drops the axes that are known to have size 1
SAMPLES = [
    (op, sample)
    for op in PUBLIC  # attributes of primitives are sizes, so that they do not fit other ones
    for sample in op.samples
    if any(np.ndim(value) for value in flat(sample))
    and not any(isinstance(value, RaggedTensor | CSR) for value in flat(sample))
]


def sizes_in(inputs: tuple[Any, ...]) -> list[int]:
    """Sizes that may vary: with a size of 1 an operand would spread, or cease to."""
    return sorted({size for value in inputs for size in np.shape(value)} - {0, 1})


def abstract(value: Any, names: dict[int, str]) -> Any:
    """An operand of which the sizes that have a name are not known."""
    if not np.ndim(value):
        return value
    array = np.asarray(value)
    dims = (Dim.symbol(names[size]) if size in names else size for size in array.shape)
    return Abstract(ArrayType(array.dtype, tuple(dims)))


def resized(value: Any, sizes: dict[int, int]) -> Any:
    if not np.ndim(value):
        return value
    array = np.asarray(value)
    return np.resize(array, [sizes.get(size, size) for size in array.shape])


def namings(inputs: tuple[Any, ...]) -> Iterator[dict[int, str]]:
    """Equal sizes get one name: all of them, and each alone."""
    found = sizes_in(inputs)
    if len(found) > 1:
        yield {size: f"s{size}" for size in found}
    for size in found:
        yield {size: f"s{size}"}


def drawn_sizes(op: Op, names: dict[int, str]) -> Iterator[dict[int, int]]:
    sizes = [size for size in SIZES if size != 1 or op.name not in TOLD_BY_ONES]
    for size in sizes:
        yield dict.fromkeys(names, size)
    random = Random(len(names))
    for _ in range(4):
        yield {size: random.choice(sizes) for size in names}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, of means of nothing
@pytest.mark.parametrize(("op", "sample"), SAMPLES, ids=described)
def test_inferred_sizes_are_those_of_the_result(op: Op, sample: Sample) -> None:
    inputs, attrs = op.bind(sample.inputs, sample.attrs)
    for names in namings(inputs):
        try:
            inferred = op.apply(tuple(abstract(value, names) for value in inputs), attrs)
        except KGraphError:
            continue  # it asks for a size that is known
        for sizes in drawn_sizes(op, names):
            batch = tuple(resized(value, sizes) for value in inputs)
            try:
                results = op.apply(batch, attrs)
            except (ValueError, TypeError, IndexError):
                continue  # these sizes do not fit each other, or the attributes
            env = {names[size]: actual for size, actual in sizes.items()}
            for type, result in zip(tree.flatten(inferred), tree.flatten(results), strict=True):
                require_shape(type.type, result, env)


COMPOSITES = [
    (op, sample)
    for op in PUBLIC
    for sample in op.samples
    if any(isinstance(value, RaggedTensor | CSR) for value in sample.inputs)
]


def row_count(value: Any) -> int | None:
    """How many rows an operand has; a number or a sequence has none."""
    if isinstance(value, RaggedTensor | CSR):
        return int(operands.type_of(value).dims[0])
    return None if isinstance(value, list) or not np.ndim(value) else len(value)


def rows_of(value: Any, rows: list[int]) -> Any:
    if isinstance(value, RaggedTensor):
        return kg.ragged.gather(value, np.array(rows, np.int64))
    if not isinstance(value, CSR):
        return value[rows]
    kept = [np.arange(*value.indptr[row : row + 2]) for row in rows]
    places = np.concatenate([np.arange(0), *kept])
    bounds = np.cumsum([0, *map(len, kept)]).astype(value.indptr.dtype)
    return CSR(value.data[places], value.indices[places], bounds, (len(rows), *value.dims[1:]))


def fed(value: Any) -> kg.KerasTensor:
    """An input whose rows and items a batch tells."""
    inner = tuple(value.dims if isinstance(value, CSR) else value.shape)[1:]
    if isinstance(value, RaggedTensor):
        dtypes = value.dtype, value.row_splits_dtype
        spec = kg.RaggedTensorSpec((None, *inner), dtypes[0], value.ragged_rank, dtypes[1])
    elif isinstance(value, CSR):
        spec = kg.SparseTensorSpec((None, *inner), value.dtype)
    else:
        spec = kg.TensorSpec((None, *inner), value.dtype)
    return kg.Input(type_spec=spec)


def sizes_told(inputs: list[Any], batch: list[Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for input, value in zip(inputs, batch, strict=True):
        if isinstance(input, kg.KerasTensor):
            types, parts = operands.component_types(input.type), operands.components(value)
            for type, part in zip(types, parts, strict=True):
                found |= sizes_of(type, part)
    return found


@pytest.mark.filterwarnings("ignore::kgraph.types.densify.DensifyWarning")
@pytest.mark.parametrize(("op", "sample"), COMPOSITES, ids=described)
def test_inferred_sizes_are_those_of_ragged_and_sparse_results(op: Op, sample: Sample) -> None:
    inputs, attrs = op.bind(sample.inputs, sample.attrs)
    count = next(row_count(v) for v in inputs if isinstance(v, RaggedTensor | CSR))
    varies = [row_count(value) == count for value in inputs]
    drawn = [fed(v) if vary else v for v, vary in zip(inputs, varies, strict=True)]
    try:
        inferred = op.apply(tuple(drawn), attrs)
    except KGraphError:
        return  # it asks for a number of rows that is known
    every = list(range(count))
    for rows in ([], every[:1], every[-1:], every[::-1], every * 2):
        batch = [rows_of(v, rows) if vary else v for v, vary in zip(inputs, varies, strict=True)]
        try:
            results = op.apply(tuple(batch), attrs)
        except (ValueError, TypeError, IndexError):
            continue
        env = sizes_told(drawn, batch)
        for made, result in zip(tree.flatten(inferred), tree.flatten(results), strict=True):
            require_shape(made.type, result, env)


def require_shape(type: Any, result: Any, env: dict[str, int]) -> None:
    """``env`` tells the sizes of a batch; those that its numbers decide are told by the result, if
    at all."""
    parts = operands.components(operands.open_sparse(result))
    assert operands.component_types(type)[0].dtype == np.asarray(parts[0]).dtype
    for part, array in zip(operands.component_types(type), parts, strict=True):
        told = sizes_of(part, np.asarray(array)) | env
        for size, actual in zip(part.dims, np.shape(array), strict=True):
            if symbols_in((size,)) <= told.keys():
                assert evaluate(size, told) == actual, f"{part} where {told}"
