"""What the machine can do at most: ``python -m bench.peaks THREADS`` prints it as JSON.

A stand-in until kernels measure it: the fused multiply-adds are those of NumPy's BLAS in a product
of two square matrices, the copies those of ``np.copyto`` on arrays far larger than the caches, in
as many threads; each the best of many rounds.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable

import numpy as np

SIDE, GEMM_ROUNDS = 1024, 15
COPY_BYTES, COPY_ROUNDS = 1 << 28, 10
SOURCE = "stand-in: NumPy's BLAS on 1024 x 1024, np.copyto of 256 MiB"


def measure(threads: int) -> dict[str, float | str]:
    """GFLOP/s in float32, and GB/s read and written by a copy."""
    return {
        "gflops": round(gemm_gflops(), 1),
        "copy_gbs": round(copy_gbs(threads), 1),
        "source": SOURCE,
    }


def gemm_gflops(side: int = SIDE, rounds: int = GEMM_ROUNDS) -> float:
    """The BLAS has as many threads as its variables said when it was loaded."""
    a = np.ones((side, side), np.float32)
    out = np.empty_like(a)
    return 2 * side**3 / _best(lambda: np.matmul(a, a, out=out), rounds) / 1e9


def copy_gbs(threads: int, size: int = COPY_BYTES, rounds: int = COPY_ROUNDS) -> float:
    """Both ways counted: a byte that is copied is read and written."""
    source, target = np.ones(size, np.uint8), np.ones(size, np.uint8)
    parts = list(zip(np.array_split(target, threads), np.array_split(source, threads), strict=True))
    return 2 * size / _best(lambda: _copy(parts), rounds) / 1e9


def _copy(parts: list[tuple[np.ndarray, np.ndarray]]) -> None:
    workers = [threading.Thread(target=np.copyto, args=part) for part in parts[1:]]
    for worker in workers:
        worker.start()
    np.copyto(*parts[0])
    for worker in workers:
        worker.join()


def _best(call: Callable[[], object], rounds: int) -> float:
    return min(_seconds(call) for _ in range(rounds))


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
