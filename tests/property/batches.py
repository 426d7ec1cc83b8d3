"""Batches for drawn graphs: any number of rows, empty ones among them, in arrays of any make."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

import kgraph as kg
from kgraph.graph.function import Function
from tests.property.graphs import COLUMNS, IDS

ODD = np.array([np.nan, np.inf, -np.inf, -0.0, 1e30, -1e30])


def awkward(array: np.ndarray, form: int) -> np.ndarray:
    """The same numbers: as they are, read-only, with gaps, column by column, or big-endian."""
    if form == 1:
        array.flags.writeable = False
    elif form == 2:
        array = np.repeat(array, 2, axis=-1)[..., ::2]
    elif form == 3:
        array = np.asfortranarray(array)
    elif form == 4:
        array = array.astype(array.dtype.newbyteorder(">"))
    return array


def ragged_batch(random: np.random.Generator, rows: int, name: str) -> kg.RaggedTensor:
    lengths = random.choice([0, 0, 1, 2, 5], rows)
    total = int(lengths.sum())
    if name == "r_ids":
        values: np.ndarray = random.integers(0, IDS, total).astype(np.int32)
    else:
        shape = (total, 2) if name == "r_rows" else (total,)
        kind = "float64" if name == "r_rows" else "float32"
        values = random.uniform(-1, 1, shape).astype(kind)
    return kg.RaggedTensor.from_row_lengths(values, lengths)


def sparse_batch(random: np.random.Generator, rows: int) -> Any:
    dense = random.uniform(-1, 1, (rows, COLUMNS)).astype(np.float32)
    dense[random.random(dense.shape) < 0.7] = 0
    return sp.csr_array(dense)


def batch(
    function: Function, rows: int, seed: int = 0, form: int = 0, odd: bool = False
) -> list[Any]:
    """A value for each input of a drawn graph."""
    random = np.random.default_rng(seed)
    width = int(random.integers(1, 4))
    values: list[Any] = []
    for tensor in function.inputs:
        name = tensor.name
        if name[0] == "r":
            values.append(ragged_batch(random, rows, name))
        elif name[0] == "s":
            values.append(sparse_batch(random, rows))
        else:
            shape = [rows, *(size or width for size in tensor.shape[1:])]
            values.append(awkward(dense_batch(random, shape, tensor.dtype, odd), form))
    return values


def dense_batch(random: np.random.Generator, shape: list[int], dtype: Any, odd: bool) -> np.ndarray:
    kind = np.dtype(dtype)
    if kind.kind == "b":
        return random.random(shape) < 0.5
    if kind.kind == "i":
        return random.integers(-4, 5, shape).astype(kind)
    numbers = random.uniform(-1, 1, shape).astype(kind)
    if odd and numbers.size:
        numbers.flat[: len(ODD)] = random.permutation(ODD)[: numbers.size]
    return numbers


def take_rows(values: list[Any], rows: np.ndarray) -> list[Any]:
    """Some rows of a batch, in the order given."""
    return [_rows_of(value, rows) for value in values]


def _rows_of(value: Any, rows: np.ndarray) -> Any:
    if not isinstance(value, kg.RaggedTensor):
        return value[rows]
    splits = value.row_splits
    parts = [value.flat_values[splits[row] : splits[row + 1]] for row in rows]
    items = np.concatenate([value.flat_values[:0], *parts])
    taken = kg.RaggedTensor.from_row_lengths(items, [len(part) for part in parts])
    return taken.with_row_splits_dtype(value.row_splits_dtype)
