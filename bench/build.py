"""What it costs to draw a graph: `python -m bench.build`, from the root.

Microseconds for one op on a KerasTensor, milliseconds for a model of 100 Dense layers (their
kernels are zeros: drawing random numbers is not drawing a graph), and milliseconds that
`import kgraph` adds to `import numpy`, each in a new process.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable

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


def main() -> None:
    x, y = kg.Input((32,)), kg.Input((32,))
    ragged, sparse = kg.Input((None,), ragged=True), kg.Input((32,), sparse=True)
    w = np.ones((32, 4), np.float32)
    ops: dict[str, Callable[[], object]] = {
        "x + 1.0": lambda: x + 1.0,
        "x * y": lambda: x * y,
        "tanh(x)": lambda: kg.ops.tanh(x),
        "sum(x, -1)": lambda: kg.ops.sum(x, -1),
        "reshape(x, (-1, 8, 4))": lambda: kg.ops.reshape(x, (-1, 8, 4)),
        "x[:, 1:]": lambda: x[:, 1:],
        "softmax(x)": lambda: kg.ops.softmax(x),
        "logsumexp(x, -1)": lambda: kg.ops.logsumexp(x, -1),
        "std(x, -1)": lambda: kg.ops.std(x, -1),
        "gelu(x)": lambda: kg.ops.gelu(x),
        "x @ w": lambda: x @ w,
        "concatenate([x, y])": lambda: kg.ops.concatenate([x, y], -1),
        "np.sum(x, axis=1)": lambda: np.sum(x, axis=1),
        "ragged + 1": lambda: ragged + 1,
        "sparse * 2": lambda: sparse * 2,
    }
    for name, timing in compare(ops).items():
        _row(name, timing.median_us, timing.q1_us, timing.q3_us, "us")
    models = {f"{LAYERS} Dense layers": build_model}
    for name, timing in compare(models).items():
        _row(name, timing.median_us / 1e3, timing.q1_us / 1e3, timing.q3_us / 1e3, "ms")
    q1, median, q3 = statistics.quantiles([import_ms() for _ in range(IMPORTS)], n=4)
    _row("import kgraph", median, q1, q3, "ms")


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
