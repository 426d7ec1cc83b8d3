from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

class Executor:
    plan: Any
    constants: tuple[np.ndarray, ...]
    threads: int
    plain: bool
    def __init__(
        self,
        plan: Any,
        code: np.ndarray,
        n_slots: int,
        host_function: Callable[..., Callable[..., Any]],
        threads: int = 0,
    ) -> None: ...
    def __call__(self, *inputs: Any, out: Any = None) -> Any: ...
    def set_constants(self, values: Iterable[np.ndarray]) -> None: ...
    def run(self, arrays: Sequence[np.ndarray], out: Any = None) -> list[np.ndarray]: ...
    @property
    def arena_bytes(self) -> tuple[int, int]: ...
    @property
    def bound_sizes(self) -> tuple[int, ...]: ...
    def _raise_fault(self, number: int) -> None: ...

def pack(matrix: np.ndarray) -> np.ndarray: ...
