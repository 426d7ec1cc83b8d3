from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

_Scalar = TypeVar("_Scalar", bound=np.generic)
_Number = TypeVar("_Number", np.float32, np.float64, np.int32, np.int64)
_Index = NDArray[np.int32] | NDArray[np.int64]

def take(
    table: NDArray[_Scalar],
    ids: _Index,
    *,
    out: NDArray[_Scalar] | None = None,
    first: int = 0,
    last: int | None = None,
) -> NDArray[_Scalar]: ...
def copy_into(dst: NDArray[Any], src: NDArray[Any]) -> None: ...
def densify_csr(
    data: NDArray[_Number],
    indices: _Index,
    splits: _Index,
    n_cols: int,
    *,
    out: NDArray[_Number] | None = None,
    first: int = 0,
    last: int | None = None,
) -> NDArray[_Number]: ...
def densify_ragged(
    values: NDArray[_Scalar],
    splits: NDArray[np.int64],
    max_len: int,
    default: ArrayLike = 0,
    *,
    out: NDArray[_Scalar] | None = None,
    first: int = 0,
    last: int | None = None,
) -> NDArray[_Scalar]: ...
def value_row_ids(splits: NDArray[np.int64]) -> NDArray[np.int64]: ...
