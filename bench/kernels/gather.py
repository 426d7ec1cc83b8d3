"""Gather-and-accumulate against scipy.sparse, one thread: `python bench/kernels/gather.py`."""

import numpy as np
from rounds import compare
from scipy import sparse

from kgraph._kernels import linear

# rows, rows of the table, entries per row, columns
CSR_PRODUCTS = [
    (8192, 100_000, 100, 16),
    (8192, 100_000, 100, 10),
    (2048, 100_000, 100, 64),
    (2048, 100_000, 100, 256),
    (1, 10_000, 50, 32),
]
BAGS = [(20_000, 100_000, 8, 64), (20_000, 1_000, 8, 16)]


def main() -> None:
    rng = np.random.default_rng(0)
    print(f"{'product or bag':>32} {'kgraph us':>11} {'peer us':>11} {'ratio':>6}")
    for rows, height, entries, n in CSR_PRODUCTS:
        matrix = sparse.random_array(
            (rows, height), density=entries / height, format="csr", dtype=np.float32, rng=rng
        )
        table = rng.standard_normal((height, n)).astype(np.float32)
        report(f"csr {rows}x{height}, {entries} -> {n}", table, matrix, matrix.data)
    for rows, height, entries, n in BAGS:
        lengths = rng.integers(0, 2 * entries + 1, rows)
        splits = np.r_[0, np.cumsum(lengths)]
        ids = rng.integers(0, height, splits[-1])
        ones = np.ones(len(ids), np.float32)
        matrix = sparse.csr_array((ones, ids, splits), shape=(rows, height))
        table = rng.standard_normal((height, n)).astype(np.float32)
        report(f"bag {rows}x{height}, {entries} -> {n}", table, matrix, None)


def report(
    title: str, table: np.ndarray, matrix: sparse.csr_array, weights: np.ndarray | None
) -> None:
    out = np.empty((matrix.shape[0], table.shape[1]), table.dtype)
    times = compare(
        {
            "kgraph": lambda: linear.gather_sum(
                table, matrix.indices, matrix.indptr, weights, out=out
            ),
            "scipy": lambda: matrix @ table,
        }
    )
    ours, theirs = times["kgraph"], times["scipy"]
    print(f"{title:>32} {ours * 1e6:11.1f} {theirs * 1e6:11.1f} {theirs / ours:6.2f}")


if __name__ == "__main__":
    main()
