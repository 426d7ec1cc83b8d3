"""Masks between layers; what models take as a feed, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .answers import Answerer, answers, floats

IDS = np.int32([[1, 2, 0], [3, 0, 0], [4, 4, 4]])
TABLE = floats(5, 2)


def embedded(then: Callable[[Any, Any], Any]) -> Answerer:
    """`then(k, e)` for the masked embedding `e` of the ids, whose weights are `TABLE`."""

    def run(k: Any) -> Any:
        ids = k.Input((3,), dtype="int32")
        layer = k.layers.Embedding(5, 2, mask_zero=True)
        model = k.Model(ids, then(k, layer(ids)))
        layer.set_weights([TABLE])
        return model(IDS)

    return run


def over_encoder(k: Any) -> Any:
    """A model over another one, inside which the mask begins."""
    ids, x = (k.Input((3,), dtype="int32", name=name) for name in ("ids", "x"))
    inside = k.Model(ids, k.layers.Embedding(5, 2, mask_zero=True)(ids), name="inside")
    model = k.Model(x, k.layers.GlobalAveragePooling1D(name="pool")(inside(x)))
    model.set_weights([TABLE])
    return model


def sentences(k: Any) -> Any:
    """The mean of the words that count, for each of several sentences."""
    ids = k.Input((3, 3), dtype="int32")
    e = k.layers.TimeDistributed(k.layers.Embedding(5, 2, mask_zero=True))(ids)
    model = k.Model(ids, k.layers.TimeDistributed(k.layers.GlobalAveragePooling1D())(e))
    model.set_weights([TABLE])
    return model


answers(
    "mask",
    {
        "mean": embedded(lambda k, e: k.layers.GlobalAveragePooling1D()(e)),
        "mean-of-dense": embedded(
            lambda k, e: k.layers.GlobalAveragePooling1D()(
                k.layers.Dense(2, kernel_initializer="ones")(e)
            )
        ),
        "mean-of-dropout": embedded(
            lambda k, e: k.layers.GlobalAveragePooling1D()(k.layers.Dropout(0.5)(e))
        ),
        "mean-of-activation": embedded(
            lambda k, e: k.layers.GlobalAveragePooling1D()(k.layers.Activation("tanh")(e))
        ),
        "mean-of-sum": embedded(
            lambda k, e: k.layers.GlobalAveragePooling1D()(k.layers.Add()([e, e]))
        ),
        "mean-of-concatenation": embedded(
            lambda k, e: k.layers.GlobalAveragePooling1D()(k.layers.Concatenate()([e, e]))
        ),
        "mean-of-noise": embedded(
            lambda k, e: k.layers.GlobalAveragePooling1D()(k.layers.GaussianNoise(0.5)(e))
        ),
        "mean-of-steps": embedded(
            lambda k, e: k.layers.GlobalAveragePooling1D()(
                k.layers.TimeDistributed(k.layers.Dense(2, kernel_initializer="ones"))(e)
            )
        ),
        "mean-of-unit": embedded(
            lambda k, e: k.layers.GlobalAveragePooling1D()(k.layers.UnitNormalization()(e))
        ),
        "no-mask-through-cropping": embedded(
            lambda k, e: k.layers.GlobalAveragePooling1D()(k.layers.Cropping1D((1, 0))(e))
        ),
        "no-mask-through-padding": embedded(
            lambda k, e: k.layers.GlobalAveragePooling1D()(k.layers.ZeroPadding1D(1)(e))
        ),
        "no-mask-through-up-sampling": embedded(
            lambda k, e: k.layers.GlobalAveragePooling1D()(k.layers.UpSampling1D(2)(e))
        ),
        "no-mask-through-flatten": embedded(lambda k, e: k.layers.Flatten()(e)),
        "from-inside-a-model": lambda k: over_encoder(k)(IDS),
        "layers-over-a-model": lambda k: [layer.name for layer in over_encoder(k).layers],
        "config-over-a-model": lambda k: [
            entry["name"] for entry in over_encoder(k).get_config()["layers"]
        ],
        "words-of-sentences": lambda k: sentences(k)(np.stack([IDS, IDS[::-1]])),
        "compute-mask": lambda k: np.asarray(
            k.layers.Embedding(5, 2, mask_zero=True).compute_mask(IDS)
        ),
        "no-mask": lambda k: k.layers.Embedding(5, 2).compute_mask(IDS),
        "masking": lambda k: np.asarray(
            k.layers.Masking(0.0)(np.float32([[[1, 2], [0, 0]], [[0, 3], [4, 0]]]))
        ),
        "masking-mask": lambda k: np.asarray(
            k.layers.Masking(0.0).compute_mask(np.float32([[[1, 2], [0, 0]], [[0, 3], [4, 0]]]))
        ),
        "masking-value": lambda k: np.asarray(
            k.layers.Masking(2.0)(np.float32([[[2, 2], [1, 2]]]))
        ),
    },
)  # fmt: skip

X = floats(3, 4)


def single(feed: Any, predict: bool = False, **input_kwargs: Any) -> Answerer:
    """What a model of one input, doubled, does with `feed`."""

    def run(k: Any) -> Any:
        x = k.Input(**{"shape": (4,), "name": "x", **input_kwargs})
        model = k.Model(x, x * 2)
        return model.predict(feed, verbose=0) if predict else model(feed)

    return run


def pair(feed: Any, predict: bool = False, names: bool = False) -> Answerer:
    """What a model of two inputs, subtracted, does with `feed`."""

    def run(k: Any) -> Any:
        a, b = k.Input((4,), name="a"), k.Input((4,), name="b")
        model = k.Model({"a": a, "b": b} if names else [a, b], a - b)
        return model.predict(feed, verbose=0) if predict else model(feed)

    return run


FEEDS = {
    "float32": X, "float64": X.astype("float64"), "int32": np.int32(X), "int64": np.int64(X),
    "bool": X > 0, "float16": X.astype("float16"), "uint8": np.uint8([[1, 2, 3, 4]]),
    "one-row": X[:1], "width": floats(3, 5), "width-small": floats(3, 3),
    "squeezed": X[..., None],
}  # fmt: skip
answers("feed", {name: single(feed) for name, feed in FEEDS.items()})
answers("feed-predict", {name: single(feed, True) for name, feed in FEEDS.items()})
answers("feed", {"empty": single(X[:0]), "text": single(np.array([["a"] * 4]))})
answers("feed-int", {"into-ints": single(np.int32(X), dtype="int32"),
                     "into-doubles": single(X, dtype="float64")})  # fmt: skip
answers(
    "feed-pair",
    {
        "list": pair([X, X[::-1]]), "tuple": pair((X, X[::-1])),
        "dict-of-names": pair({"b": X, "a": X[::-1]}),
        "dict": pair({"b": X, "a": X[::-1]}, names=True),
        "too-few": pair([X]), "too-many": pair([X, X, X]),
        "missing-key": pair({"a": X}, names=True),
        "predict-list": pair([X, X[::-1]], True),
        "predict-dict": pair({"b": X, "a": X[::-1]}, True),
        "predict-missing-key": pair({"a": X}, True, names=True),
        "predict-cardinality": pair([X, X[:2]], True), "predict-too-few": pair([X], True),
    },
)  # fmt: skip
STRICTER = "kgraph checks at every call what tf_keras lets through"
answers("feed-loose", {"extra-key": pair({"a": X, "b": X, "c": X}, names=True),
                       "static-batch": single(X, batch_size=2), "rank-3": single(floats(3, 4, 4)),
                       "flat": single(floats(4)),
                       "complex": single(X * 1j)}, differs=STRICTER)  # fmt: skip
KINDER = "kgraph takes what tf_keras refuses"
answers("feed-loose", {"nested-list": single([[1.0, 2.0, 3.0, 4.0]]),
                       "predict-empty": single(X[:0], True)}, differs=KINDER)  # fmt: skip
answers(
    "feed-loose", {"none": single(None)}, differs="None as a feed is a ValueError, as in Keras 3"
)


def refused(build: Callable[[Any, Any, Any], Any]) -> Answerer:
    """What `build(k, u, v)` does with two Inputs."""
    return lambda k: build(k, k.Input((4,), name="u"), k.Input((4,), name="v"))


answers(
    "model-refused",
    {
        "disconnected": refused(lambda k, u, v: k.Model(u, u + v)),
        "input-twice": refused(lambda k, u, v: k.Model([u, u], u * 2)),
        "duplicate-names": refused(
            lambda k, u, v: k.Model(
                u, k.layers.Dense(2, name="q")(k.layers.Dense(2, name="q")(u))
            )
        ),
        "get-layer": refused(lambda k, u, v: k.Model(u, u * 2).get_layer("nope")),
        "get-layer-index": refused(lambda k, u, v: k.Model(u, u * 2).get_layer(index=99)),
        "get-layer-nothing": refused(lambda k, u, v: k.Model(u, u * 2).get_layer()),
        "set-weights": refused(
            lambda k, u, v: k.Model(u, k.layers.Dense(2)(u)).set_weights([floats(4, 2)])
        ),
        "set-weights-shape": refused(
            lambda k, u, v: k.Model(u, k.layers.Dense(2)(u)).set_weights([floats(3, 2), floats(2)])
        ),
        "dense-on-none": lambda k: k.layers.Dense(2)(k.Input((None,))),
        "batch-size-0": refused(
            lambda k, u, v: k.Model(u, u * 2).predict(X, batch_size=0, verbose=0)
        ),
        "embedding-range": lambda k: k.layers.Embedding(4, 2)(np.int32([[4]])),
        "embedding-negative": lambda k: k.layers.Embedding(4, 2)(np.int32([[-1]])),
    },
)  # fmt: skip
answers(
    "model-facts",
    {
        "shared-layer": refused(
            lambda k, u, v: (lambda d: k.Model([u, v], [d(u), d(v)]).output_names)(
                k.layers.Dense(1, name="shared")
            )
        ),
        "names": refused(
            lambda k, u, v: [
                (m := k.Model([u, v], k.layers.Add(name="sum")([u, v]))).input_names, m.output_names
            ]
        ),
        "shapes": refused(
            lambda k, u, v: [
                (m := k.Model([u, v], k.layers.Add()([u, v]))).input_shape, m.output_shape
            ]
        ),
        "count-params": refused(lambda k, u, v: k.Model(u, k.layers.Dense(3)(u)).count_params()),
        "weights-shapes": refused(
            lambda k, u, v: [w.shape for w in k.Model(u, k.layers.Dense(3)(u)).get_weights()]
        ),
        "layer-names": refused(
            lambda k, u, v: [
                la.name for la in k.Model(u, k.layers.Dense(1)(k.layers.Dense(2)(u))).layers
            ]
        ),
        "one-element-list": refused(lambda k, u, v: k.Model(u, [u * 2])(X)),
        "unused-input": refused(lambda k, u, v: k.Model([u, v], u * 2)([X, X])),
    },
)  # fmt: skip
