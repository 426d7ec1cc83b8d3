from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

TARGETS: tuple[str, ...]

_Real = TypeVar("_Real", np.float32, np.float64)
_Index = NDArray[np.int32] | NDArray[np.int64]

def pack(b: NDArray[_Real], *, target: str | None = None) -> NDArray[_Real]: ...
def packed_matmul(
    a: NDArray[_Real],
    packed: NDArray[_Real],
    n: int,
    bias: NDArray[_Real] | None = None,
    relu: bool = False,
    *,
    out: NDArray[_Real] | None = None,
    target: str | None = None,
) -> NDArray[_Real]: ...
def matmul(
    a: NDArray[_Real],
    b: NDArray[_Real],
    bias: NDArray[_Real] | None = None,
    relu: bool = False,
    *,
    out: NDArray[_Real] | None = None,
    target: str | None = None,
) -> NDArray[_Real]: ...
def gather_sum(
    table: NDArray[_Real],
    indices: _Index,
    splits: _Index,
    weights: NDArray[_Real] | None = None,
    bias: NDArray[_Real] | None = None,
    *,
    out: NDArray[_Real] | None = None,
    first: int | None = None,
    last: int | None = None,
    target: str | None = None,
) -> NDArray[_Real]: ...
def gather_sum_uniform(
    table: NDArray[_Real],
    indices: _Index,
    weights: NDArray[_Real] | None = None,
    *,
    first: int | None = None,
    last: int | None = None,
    target: str | None = None,
) -> NDArray[_Real]: ...
