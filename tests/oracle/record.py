"""Records what Keras answers to every case; see README.md beside this file.

    python tests/oracle/record.py

Needs `tensorflow-cpu`, `keras` and `tf_keras`; writes `recorded/keras.npz`, `recorded/tf_keras.npz`
and `recorded/versions.json`. The same versions on the same machine write the same bytes.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"  # its kernels choose another order of sums on each CPU
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).parents[2]))

import keras
import numpy as np
import tensorflow as tf
import tf_keras

from tests.oracle import recording
from tests.oracle.cases import (
    CASES,
    OP_CASES,
    Case,
    Draw,
    OpCase,
    Ragged,
    Sparse,
    leaves,
    map_leaves,
)
from tests.oracle.cases.registry import Array
from tests.tolerances import tolerance

SOURCES = {
    "keras": SimpleNamespace(
        Input=keras.Input,
        Model=keras.Model,
        Sequential=keras.Sequential,
        layers=keras.layers,
        ops=keras.ops,
    ),
    "tf_keras": SimpleNamespace(
        Input=tf_keras.Input,
        Model=tf_keras.Model,
        Sequential=tf_keras.Sequential,
        layers=tf_keras.layers,
    ),
}


def to_tensorflow(value: Any) -> Any:
    """A feed as TensorFlow takes it."""
    if isinstance(value, Ragged):
        return tf.RaggedTensor.from_nested_row_splits(value.flat_values, value.splits)
    if isinstance(value, Sparse):
        rows = np.repeat(np.arange(value.shape[0]), np.diff(value.indptr))
        return tf.SparseTensor(np.stack([rows, value.indices], axis=1), value.data, value.shape)
    return tf.constant(value)


def from_tensorflow(value: Any) -> Any:
    """An output as the recording holds it."""
    if isinstance(value, tf.RaggedTensor):
        splits = tuple(s.numpy() for s in value.nested_row_splits)
        return Ragged(value.flat_values.numpy(), splits)
    if isinstance(value, tf.SparseTensor):
        return Sparse.of(tf.sparse.to_dense(value).numpy())
    return np.asarray(value)


def random_weights(model: Any, name: str) -> list[Array]:
    """Weights of the shapes and dtypes the model has; variances are positive."""
    draw = Draw(f"{name}/weights")
    weights = []
    for variable, value in zip(model.weights, model.get_weights(), strict=True):
        low, high = (0.25, 2.0) if "variance" in variable.name else (-1.0, 1.0)
        weights.append(draw.floats(value.shape, low, high, value.dtype))
    return weights


def record_case(case: Case) -> dict[str, Array]:
    """The members of one model's case."""
    model, feed = case.build(SOURCES[case.source], Draw(case.name))
    weights = random_weights(model, case.name)
    model.set_weights(weights)
    output = map_leaves(from_tensorflow, model(map_leaves(to_tensorflow, feed)))
    return {
        **recording.members(case.name, "weights", weights),
        **recording.members(case.name, "feed", feed),
        **recording.members(case.name, "output", output),
    }


def record_op(case: OpCase) -> dict[str, Array]:
    """The members of one op's case; its graph and its eager call must agree."""
    model, feeds = case.build(SOURCES["keras"])
    output = map_leaves(np.asarray, model([tf.constant(feed) for feed in feeds]))
    if case.eager:
        eager = map_leaves(np.asarray, case.call(keras.ops, *case.args))
        require_equal(case.name, eager, output)
    require_dtypes(case.name, model.output, output)
    return {
        **recording.members(case.name, "feed", feeds),
        **recording.members(case.name, "output", output),
    }


# Keras infers float32 for these, and computes float64; the computed dtype is recorded.
INFERRED_WRONGLY = {"ops.reciprocal-float64", "ops.logsumexp-float64"}


def require_equal(name: str, eager: Any, graph: Any) -> None:
    """Keras itself must not depend on how the op was run."""
    for (path, a), (_, b) in zip(leaves(eager), leaves(graph), strict=True):
        assert a.dtype == b.dtype, f"{name} {path}: eager {a.dtype}, graph {b.dtype}"
        rtol, atol = tolerance(a.dtype)
        np.testing.assert_allclose(a, b, rtol, atol, err_msg=f"{name} {path}")


def require_dtypes(name: str, symbols: Any, values: Any) -> None:
    """The dtype that Keras infers must be the dtype that it computes."""
    if name in INFERRED_WRONGLY:
        return
    for (path, symbol), (_, value) in zip(leaves(symbols), leaves(values), strict=True):
        assert symbol.dtype == value.dtype.name, f"{name} {path}: {symbol.dtype}, {value.dtype}"


def naming(case: Any, record: Callable[[Any], dict[str, Array]]) -> dict[str, Array]:
    """`record(case)`, with the case's name on any error."""
    try:
        return record(case)
    except Exception as error:
        raise RuntimeError(f"in the case {case.name}") from error


def main() -> None:
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    arrays: dict[str, dict[str, Array]] = {source: {} for source in SOURCES}
    for case in CASES.values():
        arrays[case.source].update(naming(case, record_case))
    for op in OP_CASES.values():
        arrays["keras"].update(naming(op, record_op))
    for source, members in arrays.items():
        recording.write(recording.FOLDER / f"{source}.npz", members)
    versions = {m.__name__: m.__version__ for m in (keras, np, tf, tf_keras)}
    text = json.dumps(versions, indent=2, sort_keys=True)
    (recording.FOLDER / "versions.json").write_text(text + "\n")
    print(f"{len(CASES)} models and {len(OP_CASES)} ops recorded")


if __name__ == "__main__":
    main()
