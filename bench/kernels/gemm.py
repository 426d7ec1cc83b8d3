"""The packed product against NumPy's BLAS, on one thread: `python bench/kernels/gemm.py [f64]`.

Both include the call from Python; ours has a bias besides, NumPy's a product alone and into `out`.
"""

import os
import sys

os.environ.update(OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1", OMP_NUM_THREADS="1")

import numpy as np
from rounds import compare

from kgraph._kernels import linear

SHAPES = [
    (1, 32, 16),
    (1, 128, 10),
    (1, 128, 256),
    (1, 1024, 1024),
    (4, 128, 256),
    (8, 128, 256),
    (64, 256, 256),
    (512, 256, 256),
    (8192, 128, 256),
    (1024, 256, 10),
    (1024, 256, 1),
    (64, 1024, 1024),
    (256, 512, 512),
    (1024, 1024, 1024),
]


def main() -> None:
    dtype = np.float64 if "f64" in sys.argv else np.float32
    rng = np.random.default_rng(0)
    print(f"{'m, k, n':>20} {'kgraph us':>11} {'numpy us':>11} {'ratio':>6} {'GFLOP/s':>8}")
    for m, k, n in SHAPES:
        a, b = rng.standard_normal((m, k)).astype(dtype), rng.standard_normal((k, n)).astype(dtype)
        bias, out, peer = np.zeros(n, dtype), np.empty((m, n), dtype), np.empty((m, n), dtype)
        packed = linear.pack(b)
        times = compare(
            {
                "kgraph": lambda a=a, p=packed, n=n, y=bias, out=out: linear.packed_matmul(
                    a, p, n, y, out=out
                ),
                "numpy": lambda a=a, b=b, out=peer: np.matmul(a, b, out=out),
            }
        )
        ours, theirs = times["kgraph"], times["numpy"]
        shape = f"{m}, {k}, {n}"
        rate = 2e-9 * m * n * k / ours
        print(
            f"{shape:>20} {ours * 1e6:11.2f} {theirs * 1e6:11.2f} {theirs / ours:6.2f} {rate:8.1f}"
        )


if __name__ == "__main__":
    main()
