"""What Input makes of its arguments, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np

from .answers import Answerer, answers, floats


def made(*args: Any, **kwargs: Any) -> Answerer:
    """The symbol that Input makes of these arguments."""
    return lambda k: k.Input(*args, **kwargs)


answers(
    "input",
    {
        "tuple": made((32,)), "int": made(32), "list": made([None, 3]), "scalar": made(()),
        "zero": made((0,)), "two-nones": made((None, None)), "three": made((2, 3, 4)),
        "numpy-size": made((np.int64(3),)), "keyword": made(shape=(5,)),
        "batch-size": made((3,), batch_size=4), "batch-size-zero": made((3,), batch_size=0),
        "batch-shape": made(batch_shape=(4, 2)), "batch-shape-none": made(batch_shape=(None, 2)),
        "batch-input-shape": made(batch_input_shape=(None, 7)),
        "positional": made((3,), 4, "q", "int32", True),
        "sparse": made((9,), sparse=True), "sparse-int": made((9,), sparse=True, dtype="int64"),
        "sparse-batch": made((9,), batch_size=2, sparse=True),
        "ragged": made((None,), ragged=True),
        "ragged-int": made((None,), ragged=True, dtype="int64"),
        "ragged-inner": made((None, 3), ragged=True),
        "ragged-twice": made((None, None), ragged=True),
        "ragged-twice-inner": made((None, None, 3), ragged=True),
        "ragged-batch": made((None,), batch_size=2, ragged=True),
    },
)  # fmt: skip
answers(
    "input-dtype",
    {
        name: made((2,), dtype=name)
        for name in ("float16", "float32", "float64", "int8", "int16", "int32", "int64",
                     "uint8", "uint16", "uint32", "uint64", "bool", "string")
    },
)  # fmt: skip
answers("input-dtype", {"numpy-type": made((2,), dtype=np.float64),
                        "numpy-dtype": made((2,), dtype=np.dtype("int16"))})  # fmt: skip
answers(
    "input-refused",
    {
        "negative": made((-1,)), "fraction": made((3.5,)), "text": made(("3",)),
        "name": made((2,), name=3), "dtype": made((2,), dtype="foo"),
        "sparse-and-ragged": made((None,), sparse=True, ragged=True),
        "two-shapes": made((2,), batch_shape=(None, 2)),
        "two-shapes-old": made((2,), batch_input_shape=(None, 2)),
        "unknown": made((2,), foo=1), "nothing": made(),
    },
)  # fmt: skip
answers(
    "input-name",
    {
        "given": lambda k: k.Input((2,), name="age").name,
        "blank": lambda k: k.Input((2,), name="a b").name,
        "generated": lambda k: [k.Input((2,)).name for _ in range(3)],
        "twice": lambda k: [k.Input((2,), name="z").name for _ in range(2)],
        "twice-in-a-model": lambda k: k.Model(
            [k.Input((2,), name="z"), k.Input((2,), name="z")], k.Input((2,))
        ),
    },
)


def spec(name: str, *args: Any, **kwargs: Any) -> Answerer:
    """The symbol of a type_spec."""
    return lambda k: k.Input(type_spec=getattr(k, name)(*args, **kwargs))


answers(
    "input-spec",
    {
        "dense": spec("TensorSpec", (None, 3), "float32"),
        "dense-static": spec("TensorSpec", (5, 3), "int32"),
        "dense-scalar": spec("TensorSpec", (), "float64"),
        "dense-string": spec("TensorSpec", (None,), "string"),
        "sparse": spec("SparseTensorSpec", (None, 3), "float32"),
        "sparse-static": spec("SparseTensorSpec", (5, 3), "float64"),
        "ragged": spec("RaggedTensorSpec", (None, None), "float32", ragged_rank=1),
        "ragged-inner": spec("RaggedTensorSpec", (None, None, 3), "float32", ragged_rank=1),
        "ragged-of-two": spec("RaggedTensorSpec", (None, None, None), "int32", ragged_rank=2),
        "ragged-static": spec("RaggedTensorSpec", (4, None), "int32", ragged_rank=1),
    },
)  # fmt: skip


def beside(**kwargs: Any) -> Answerer:
    """A type_spec, and something else."""
    return lambda k: k.Input(type_spec=k.TensorSpec((None, 2), "float32"), **kwargs)


answers(
    "input-beside-spec",
    {
        "name": beside(name="q"), "shape": beside(shape=(2,)), "batch-size": beside(batch_size=2),
        "dtype": beside(dtype="float32"), "sparse": beside(sparse=True),
        "ragged": beside(ragged=False),
    },
)  # fmt: skip
HOLES = "kgraph closes a hole of tf_keras"
answers("input-beside-spec", {"batch-shape": beside(batch_shape=(None, 2))}, differs=HOLES)
answers("input-spec", {"none-at-all": made(type_spec=(None, 3))}, differs=HOLES)
answers("input-tensor", {"array": made(tensor=floats(2, 3))}, differs=HOLES)
answers(
    "input-tensor",
    {
        "ragged": lambda k: k.Input(tensor=k.ragged.constant([[1.0], [2.0, 3.0]])),
        "symbol": lambda k: k.Input(tensor=k.Input((3,), dtype="int32")),
    },
)
