"""Records what Keras answers to every case; see README.md beside this file.

    python tests/oracle/record.py
    python tests/oracle/record.py --check

Needs `tensorflow-cpu`, `keras` and `tf_keras`; writes the files of `recorded/`, or with `--check`
compares them with what is recorded anew. The same versions on the same machine write the same
bytes.
"""

from __future__ import annotations

import filecmp
import json
import os
import sys
import tempfile
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

from tests.oracle import answering, recording
from tests.oracle.cases import (
    ANSWER_CASES,
    CASES,
    EXPRESSION_CASES,
    OP_CASES,
    AnswerCase,
    Case,
    Draw,
    ExpressionCase,
    OpCase,
    leaves,
    map_leaves,
)
from tests.oracle.cases.registry import Array
from tests.oracle.tensorflow_side import (
    NAMESPACE,
    answer_of,
    error_class,
    from_tensorflow,
    to_tensorflow,
)
from tests.tolerances import tolerance

SOURCES = {
    "keras": SimpleNamespace(
        Input=keras.Input,
        Model=keras.Model,
        Sequential=keras.Sequential,
        layers=keras.layers,
        ops=keras.ops,
    ),
    "tf_keras": NAMESPACE,
}


def random_weights(model: Any, name: str) -> list[Array]:
    """Weights of the shapes and dtypes the model has; variances are positive."""
    draw = Draw(f"{name}/weights")
    weights = []
    for variable, value in zip(model.weights, model.get_weights(), strict=True):
        low, high = (0.25, 2.0) if "variance" in variable.name else (-1.0, 1.0)
        weights.append(draw.floats(value.shape, low, high, value.dtype))
    return weights


def record_case(case: Case, source: str) -> dict[str, Array]:
    """The members of one model's case; its first source holds the weights and the feed."""
    model, feed = case.build(SOURCES[source], Draw(case.name))
    weights = random_weights(model, case.name)
    model.set_weights(weights)
    output = map_leaves(from_tensorflow, model(map_leaves(to_tensorflow, feed)))
    members = recording.members(case.name, "output", output)
    if source == case.sources[0]:
        members |= recording.members(case.name, "weights", weights)
        members |= recording.members(case.name, "feed", feed)
    return members


def record_op(case: OpCase) -> dict[str, Array]:
    """The members of one op's case; its graph and its eager call must agree."""
    model, feeds = case.build(SOURCES["keras"])
    eager = map_leaves(np.asarray, case.call(keras.ops, *case.args)) if case.eager else None
    if case.graph:
        output = map_leaves(np.asarray, model([tf.constant(feed) for feed in feeds]))
    else:
        output = eager
    if case.eager:
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


def record_answer(case: AnswerCase) -> dict[str, Any]:
    """The line of one answer."""
    return answered(lambda: case.run(NAMESPACE))


def record_expression(case: ExpressionCase) -> dict[str, Any]:
    """The line of one expression; the graph and the eager call must agree where both run."""
    static: dict[str, Any] = {}
    graph = answered(lambda: graph_answer(case, static)) if case.graph else {}
    if not case.eager:
        return {**graph, **static}
    eager = answered(lambda: case.run(NAMESPACE, *map(to_tensorflow, case.values)))
    # Some functions of TensorFlow take no KerasTensor: then its eager answer is the answer.
    if "answer" in graph:
        found = answering.difference(graph["answer"], eager.get("answer", eager))
        assert found is None, f"the graph says otherwise: {found}"
        eager |= static
    return eager


def graph_answer(case: ExpressionCase, static: dict[str, Any]) -> Any:
    """What a model of the expression answers; `static` gets what its symbols say."""
    inputs = case.inputs(NAMESPACE)
    outputs = case.run(NAMESPACE, *inputs)
    static["static"] = answering.encode(answer_of(outputs))
    return tf_keras.Model(inputs, outputs)([to_tensorflow(value) for value in case.values])


def answered(run: Callable[[], Any]) -> dict[str, Any]:
    """What `run` returns or raises, as JSON has it."""
    tf_keras.backend.clear_session()
    try:
        answer = run()
    except Exception as error:
        return {"raises": error_class(error)}
    return {"answer": answering.encode(answer_of(answer))}


def naming(case: Any, record: Callable[[Any], dict[str, Array]]) -> dict[str, Array]:
    """`record(case)`, with the case's name on any error."""
    try:
        return record(case)
    except Exception as error:
        raise RuntimeError(f"in the case {case.name}") from error


def record(folder: Path) -> None:
    """Writes all recordings."""
    arrays: dict[str, dict[str, Array]] = {source: {} for source in SOURCES}
    for case in CASES.values():
        for source in case.sources:
            arrays[source].update(naming(case, lambda case, s=source: record_case(case, s)))
    for op in OP_CASES.values():
        arrays["keras"].update(naming(op, record_op))
    for source, members in arrays.items():
        recording.write(folder / f"{source}.npz", members)
    lines = {c.name: naming(c, record_answer) for c in ANSWER_CASES.values()}
    lines |= {c.name: naming(c, record_expression) for c in EXPRESSION_CASES.values()}
    answering.write(folder / answering.FILE.name, lines)
    versions = {m.__name__: m.__version__ for m in (keras, np, tf, tf_keras)}
    text = json.dumps(versions, indent=2, sort_keys=True)
    (folder / "versions.json").write_text(text + "\n")


def check() -> int:
    """Records anew, and names the files that are not bit for bit what the repository holds."""
    with tempfile.TemporaryDirectory() as folder:
        record(Path(folder))
        names = sorted(path.name for path in recording.FOLDER.iterdir())
        assert names == sorted(path.name for path in Path(folder).iterdir())
        _, changed, errors = filecmp.cmpfiles(recording.FOLDER, folder, names, shallow=False)
    print("changed:", ", ".join(changed + errors) or "nothing, every file is the same bit for bit")
    return len(changed + errors)


def main() -> int:
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    if sys.argv[1:] == ["--check"]:
        return check()
    record(recording.FOLDER)
    cases = (CASES, OP_CASES, ANSWER_CASES, EXPRESSION_CASES)
    print("{} models, {} ops, {} answers and {} expressions recorded".format(*map(len, cases)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
