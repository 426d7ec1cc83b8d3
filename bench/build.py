"""What it costs to draw a graph: `python -m bench build`, from the root.

Microseconds for one op on a KerasTensor, milliseconds for a model of 100 Dense layers (their
kernels are zeros: drawing random numbers is not drawing a graph), and milliseconds that
`import kgraph` adds to `import numpy`, each in a new process.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence

import numpy as np

import kgraph as kg
from bench.measure import compare

LAYERS = 100
IMPORTS = 15
_IMPORT = (
    "import time, numpy\n"
    "start = time.perf_counter()\n"
    "import kgraph\n"
    "print(time.perf_counter() - start)"
)


def main(arguments: Sequence[str] = ()) -> None:
    for name, timing in compare(nodes()).items():
        _row(name, timing.median_us, timing.q1_us, timing.q3_us, "us")
    models = {f"{LAYERS} Dense layers": build_model}
    for name, timing in compare(models).items():
        _row(name, timing.median_us / 1e3, timing.q1_us / 1e3, timing.q3_us / 1e3, "ms")
    q1, median, q3 = statistics.quantiles([import_ms() for _ in range(IMPORTS)], n=4)
    _row("import kgraph", median, q1, q3, "ms")


def nodes() -> dict[str, Callable[[], object]]:
    """One node of each family; what two nodes are drawn for takes a second one ready made."""
    x, y, ids = kg.Input((32,)), kg.Input((32,)), kg.Input((32,), dtype="int32")
    ragged, vectors = kg.Input((None,), ragged=True), kg.Input((None, 8), ragged=True)
    sparse, w = kg.Input((32,), sparse=True), np.ones((32, 4), np.float32)
    mask, ragged_mask, picked = x > 0, ragged > 0, x[x[:, 0] > 0]
    first_two, fewer = ragged[:, :2], sparse[1:]
    return {
        "x + 1.0": lambda: x + 1.0,
        "x * y": lambda: x * y,
        "tanh(x)": lambda: kg.ops.tanh(x),
        "sum(x, -1)": lambda: kg.ops.sum(x, -1),
        "reshape(x, (-1, 8, 4))": lambda: kg.ops.reshape(x, (-1, 8, 4)),
        "softmax(x)": lambda: kg.ops.softmax(x),
        "logsumexp(x, -1)": lambda: kg.ops.logsumexp(x, -1),
        "std(x, -1)": lambda: kg.ops.std(x, -1),
        "gelu(x)": lambda: kg.ops.gelu(x),
        "x @ w": lambda: x @ w,
        "einsum": lambda: kg.ops.einsum("bi,ij->bj", x, w),
        "concatenate([x, y])": lambda: kg.ops.concatenate([x, y], -1),
        "split(x, 2)": lambda: kg.ops.split(x, 2, -1),
        "top_k(x, 2)": lambda: kg.ops.top_k(x, 2),
        "take(w, ids)": lambda: kg.ops.take(w, ids, 0),
        "x[:, 0]": lambda: x[:, 0],
        "x[:, 1:]": lambda: x[:, 1:],
        "x[..., None]": lambda: x[..., None],
        "x[:, [0, 2]]": lambda: x[:, [0, 2]],
        "x[ids]": lambda: x[ids],
        "x[mask]": lambda: x[mask],
        "picked + 1": lambda: picked + 1,
        "softmax(picked)": lambda: kg.ops.softmax(picked),
        "np.sum(x)": lambda: np.sum(x),
        "np.sum(x, axis=1)": lambda: np.sum(x, axis=1),
        "np.where(mask, x, y)": lambda: np.where(mask, x, y),
        "np.maximum(x, y)": lambda: np.maximum(x, y),
        "np.concatenate([x, y])": lambda: np.concatenate([x, y], -1),
        "ragged + 1": lambda: ragged + 1,
        "ragged[0]": lambda: ragged[0],
        "ragged[1:]": lambda: ragged[1:],
        "ragged[:, :2]": lambda: ragged[:, :2],
        "vectors[..., 0]": lambda: vectors[..., 0],
        "ragged[ragged_mask]": lambda: ragged[ragged_mask],
        "first_two[:, :1]": lambda: first_two[:, :1],
        "softmax(first_two)": lambda: kg.ops.softmax(first_two),
        "ragged.values": lambda: ragged.values,
        "ragged.row_lengths()": lambda: ragged.row_lengths(),
        "ragged.to_tensor()": lambda: ragged.to_tensor(),
        "ragged.to_sparse()": lambda: ragged.to_sparse(),
        "mean(ragged, 1)": lambda: kg.ops.mean(ragged, 1),
        "concat([ragged, ragged])": lambda: kg.ragged.concat([ragged, ragged], 1),
        "sparse * 2": lambda: sparse * 2,
        "sparse + sparse": lambda: sparse + sparse,
        "sparse @ w": lambda: sparse @ w,
        "sparse[1:]": lambda: sparse[1:],
        "sparse[:, :4]": lambda: sparse[:, :4],
        "sparse.indices": lambda: sparse.indices,
        "fewer * 2": lambda: fewer * 2,
        "to_dense(sparse)": lambda: kg.sparse.to_dense(sparse),
        "reduce_max(sparse, 1)": lambda: kg.sparse.reduce_max(sparse, 1),
        "concat([sparse, sparse])": lambda: kg.sparse.concat(1, [sparse, sparse]),
    }


def build_model() -> kg.Model:
    """A chain of Dense layers, weights included but not drawn."""
    x = first = kg.Input((8,))
    for _ in range(LAYERS):
        x = kg.layers.Dense(8, kernel_initializer="zeros")(x)
    return kg.Model(first, x)


def import_ms() -> float:
    """How long a new process that has NumPy takes to import kgraph."""
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT], check=True, capture_output=True, text=True
    )
    return float(done.stdout) * 1e3


def _row(name: str, median: float, q1: float, q3: float, unit: str) -> None:
    print(f"{name:24} {median:8.1f} {unit}  (quartiles {q1:.1f} to {q3:.1f})")


if __name__ == "__main__":
    main()
