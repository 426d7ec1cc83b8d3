"""Train the weights of `kgraph demo` on the shipped data; takes about half a minute.

    pip install -e . && python tools/train_demo.py

Each model is a chain of Dense layers under a softmax. The mean of the Embedding rows of a name is
one too: its kernel is the table, its input the share of each id in the row. All training rows go
into every step, in float64. Two runs on one machine give the same bytes; another BLAS may round
otherwise, so the printed table belongs in kgraph/data/README.md, where the tests look it up.
"""

from __future__ import annotations

import os

if __name__ == "__main__":  # before NumPy loads: one thread, one order of summation, one result
    os.environ["OPENBLAS_NUM_THREADS"] = "1"

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from make_demo_data import DATA, write_npz
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_array
from scipy.special import log_softmax

from kgraph.data import (
    N_LETTER_PAIRS,
    N_NGRAMS,
    character_rows,
    load_digits,
    load_names,
    ngram_csr,
)

SEED = 1998
Batch: TypeAlias = "NDArray[np.float64] | csr_array[Any, Any]"
Weights: TypeAlias = "dict[str, NDArray[np.float64]]"


@dataclass(frozen=True)
class Task:
    """Rows to classify, and the mask of those that no training sees."""

    x: Batch  # (B, D)
    label: NDArray[np.int64]  # (B,)
    held_out: NDArray[np.bool_]  # (B,)


@dataclass(frozen=True)
class Net:
    """A chain of products, told by the shapes of its weights in Keras order.

    A 2-D weight multiplies and a 1-D one is added. `relu` names the layers that end in a relu; a
    softmax ends the last. `l2` punishes the squares of all 2-D weights.
    """

    shapes: Mapping[str, tuple[int, ...]]
    l2: float
    relu: Sequence[str] = ()

    def start(self) -> Weights:
        """Zeros for a lone layer, whose loss is convex; else kernels at He's uniform scale."""
        rng = np.random.default_rng(SEED)
        lone = sum(len(shape) == 2 for shape in self.shapes.values()) == 1
        return {
            key: np.zeros(shape)
            if lone or len(shape) == 1
            else rng.uniform(-1, 1, shape) * np.sqrt(6 / shape[0])
            for key, shape in self.shapes.items()
        }

    def unflatten(self, flat: NDArray[np.float64]) -> Weights:
        ends = np.cumsum([np.prod(shape) for shape in self.shapes.values()])
        parts = np.split(flat, ends[:-1])
        return {
            key: part.reshape(shape)
            for (key, shape), part in zip(self.shapes.items(), parts, strict=True)
        }

    def values(self, weights: Mapping[str, NDArray[Any]], x: Batch) -> list[Any]:
        """The input of every step, then the logits (B, classes)."""
        values = [x]
        for key, weight in weights.items():
            value = values[-1] @ weight if weight.ndim == 2 else values[-1] + weight
            values.append(np.maximum(value, 0) if self._ends_in_relu(key) else value)
        return values

    def loss(
        self, flat: NDArray[np.float64], x: Batch, label: NDArray[np.int64]
    ) -> tuple[float, NDArray[np.float64]]:
        """Mean cross-entropy plus l2/2 times the squared kernels, and its gradient."""
        weights = self.unflatten(flat)
        values = self.values(weights, x)
        log_p = log_softmax(values[-1], axis=1)
        loss = cross_entropy(log_p, label)
        back = (np.exp(log_p) - np.eye(log_p.shape[1])[label]) / label.size
        gradient: list[NDArray[np.float64]] = []
        for step, (key, weight) in reversed(list(enumerate(weights.items()))):
            if self._ends_in_relu(key):
                back = back * (values[step + 1] > 0)
            if weight.ndim == 1:
                gradient.append(back.sum(axis=0))
                continue
            loss += self.l2 / 2 * float(np.vdot(weight, weight))
            gradient.append(values[step].T @ back + self.l2 * weight)
            if step:  # nobody asks for the gradient of the data
                back = back @ weight.T
        return loss, np.concatenate([part.ravel() for part in reversed(gradient)])

    def train(self, task: Task) -> Weights:
        seen = ~task.held_out
        found = minimize(
            self.loss,
            np.concatenate([weight.ravel() for weight in self.start().values()]),
            (task.x[seen], task.label[seen]),
            "L-BFGS-B",
            jac=True,
            options={"maxiter": 1000, "maxfun": 2000, "maxcor": 30, "gtol": 1e-6, "ftol": 0},
        )
        return self.unflatten(found.x)

    def _ends_in_relu(self, key: str) -> bool:
        layer, _, part = key.partition("/")
        return layer in self.relu and part == "bias"


def dense(name: str, inputs: int, units: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}/kernel": (inputs, units), f"{name}/bias": (units,)}


# Each l2 was picked by cross-validation over the training rows; the held-out rows had no say.
NETS = {
    "digits_softmax": Net(dense("dense", 64, 10), l2=1e-4),
    "digits_mlp": Net(
        dense("dense", 64, 64) | dense("dense_1", 64, 32) | dense("dense_2", 32, 10),
        l2=1e-4,
        relu=("dense", "dense_1"),
    ),
    "names_ngrams": Net(dense("dense", N_NGRAMS, 3), l2=3e-4),
    "names_embedding": Net(
        {"embedding/embeddings": (N_LETTER_PAIRS, 32)} | dense("dense", 32, 3), l2=1e-4
    ),
}


def tasks() -> dict[str, Task]:
    """The rows that each of NETS is trained on."""
    digits, names = load_digits(), load_names()
    pixels = Task(digits.x.astype(np.float64), digits.y, digits.held_out)
    counts = ngram_csr(names.names).astype(np.float64)
    shares = id_shares(*character_rows(names.names))
    return {
        "digits_softmax": pixels,
        "digits_mlp": pixels,
        "names_ngrams": Task(counts, names.label, names.held_out),
        "names_embedding": Task(shares, names.label, names.held_out),
    }


def id_shares(values: NDArray[np.int32], row_splits: NDArray[np.int64]) -> csr_array[Any, Any]:
    """(B, ids) such that `id_shares @ table` is the mean of each row's entries of the table."""
    lengths = np.diff(row_splits)
    shares = np.repeat(1 / np.maximum(lengths, 1), lengths)
    return csr_array((shares, values, row_splits), shape=(lengths.size, N_LETTER_PAIRS))


def cross_entropy(log_p: NDArray[np.float64], label: NDArray[np.int64]) -> float:
    return -float(log_p[np.arange(label.size), label].mean())


def report(name: str, task: Task, weights: Mapping[str, NDArray[np.float32]]) -> str:
    """A row of the table in the README: how the weights do as they are shipped, in float32."""
    log_p = log_softmax(NETS[name].values(weights, task.x)[-1], axis=1)
    right = log_p.argmax(axis=1) == task.label
    guess = np.bincount(task.label[~task.held_out]).argmax()
    numbers = (
        right[~task.held_out].mean(),
        right[task.held_out].mean(),
        cross_entropy(log_p[task.held_out], task.label[task.held_out]),
        (task.label[task.held_out] == guess).mean(),
    )
    return f"| `{name}` | " + " | ".join(f"{number:.6f}" for number in numbers) + " |"


def main() -> None:
    rows = []
    for name, task in tasks().items():
        weights = {key: w.astype(np.float32) for key, w in NETS[name].train(task).items()}
        write_npz(DATA / f"{name}.weights.npz", weights)
        rows.append(report(name, task, weights))
    print("| model | train accuracy | held-out accuracy | held-out log loss | majority class |")
    print("|---|---|---|---|---|", *rows, sep="\n")


if __name__ == "__main__":
    main()
