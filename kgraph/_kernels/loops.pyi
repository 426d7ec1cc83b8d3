from typing import Any

import numpy as np
import numpy.typing as npt

_Array = npt.NDArray[Any]

def targets() -> tuple[str, ...]: ...
def target() -> str: ...
def loop_names() -> tuple[str, ...]: ...
def reduce_names() -> tuple[str, ...]: ...
def rowwise_names() -> tuple[str, ...]: ...
def weigh_names() -> tuple[str, ...]: ...
def top_names() -> tuple[str, ...]: ...
def loop_signature(name: str) -> tuple[np.dtype[Any], tuple[np.dtype[Any], ...]]: ...
def reduce_signature(name: str) -> tuple[np.dtype[Any], np.dtype[Any]]: ...
def run_loop(
    name: str,
    out: _Array,
    a: _Array,
    b: _Array | None = None,
    c: _Array | None = None,
    *,
    target: str | None = None,
) -> None: ...
def run_reduce(name: str, out: _Array, a: _Array, *, target: str | None = None) -> None: ...
def run_segment(
    name: str,
    out: _Array,
    a: _Array,
    bounds: npt.NDArray[np.int64],
    *,
    target: str | None = None,
) -> None: ...
def run_rowwise(
    name: str, out: _Array, a: _Array, b: float = 0.0, *, target: str | None = None
) -> None: ...
def run_rowwise_ragged(
    name: str,
    out: _Array,
    a: _Array,
    bounds: npt.NDArray[np.int64],
    b: float = 0.0,
    *,
    target: str | None = None,
) -> None: ...
def run_weigh(
    name: str,
    out: _Array,
    a: _Array,
    b: _Array,
    bounds: npt.NDArray[np.int64],
    *,
    target: str | None = None,
) -> None: ...
def run_top(name: str, out: _Array, a: _Array, *, target: str | None = None) -> None: ...
