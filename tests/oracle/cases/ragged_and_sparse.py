"""Models over ragged and sparse batches, as tf_keras runs them (and Keras 3, where it can)."""

from __future__ import annotations

from typing import Any

from .registry import Draw, Ragged, Sparse, case

ROWS = [0, 3, 4, 8]


@case("ragged_bag_of_embeddings", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    ids = k.Input(shape=(None,), dtype="int64", ragged=True)
    bag = la.GlobalAveragePooling1D()(la.Embedding(10, 5)(ids))
    model = k.Model(ids, la.Dense(3, activation="softmax")(bag))
    return model, Ragged.of(draw.ints(8, 0, 10, "int64"), ROWS)


@case("ragged_bag_by_maximum", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    ids = k.Input(shape=(None,), dtype="int32", ragged=True)
    bag = la.GlobalMaxPooling1D()(la.Embedding(10, 4)(ids))
    return k.Model(ids, la.Dense(2)(bag)), Ragged.of(draw.ints(8, 0, 10), ROWS)


@case("ragged_sets_of_vectors", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    x = k.Input(shape=(None, 3), ragged=True)
    h = la.Dense(4)(la.Dense(6, activation="relu")(x))
    pooled = la.Concatenate()([la.GlobalAveragePooling1D()(h), la.GlobalMaxPooling1D()(h)])
    return k.Model(x, la.Dense(2)(pooled)), Ragged.of(draw.floats((8, 3)), ROWS)


@case("ragged_in_ragged_out", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    x = k.Input(shape=(None, 3), ragged=True)
    h = la.Dropout(0.5)(la.Dense(4, activation="tanh")(x))
    return k.Model(x, [h, la.Dense(1)(h)]), Ragged.of(draw.floats((5, 3)), [0, 2, 2, 5])


@case("ragged_operators", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(None,), ragged=True)
    return k.Model(x, [x * 2 + 1, 1 - x, x / 4, -x, x * x]), Ragged.of(draw.floats(5), [0, 2, 2, 5])


@case("ragged_values_of_an_input", "tf_keras", batch_first=False)
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(None,), ragged=True)
    return k.Model(x, [x.values * 2, x.row_splits]), Ragged.of(draw.floats(5), [0, 2, 2, 5])


@case("ragged_and_dense_inputs", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    ids = k.Input(shape=(None,), dtype="int64", ragged=True, name="ids")
    x = k.Input(shape=(4,), name="x")
    bag = la.GlobalAveragePooling1D()(la.Embedding(10, 3)(ids))
    model = k.Model({"ids": ids, "x": x}, la.Dense(2)(la.Concatenate()([bag, x])))
    return model, {"ids": Ragged.of(draw.ints(8, 0, 10, "int64"), ROWS), "x": draw.floats((3, 4))}


@case("ragged_residual", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    x = k.Input(shape=(None, 3), ragged=True)
    h = la.Add()([x, la.Dense(3, activation="relu")(x)])
    return k.Model(x, la.GlobalAveragePooling1D()(h)), Ragged.of(draw.floats((8, 3)), ROWS)


@case("ragged_shared_embedding", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    a = k.Input(shape=(None,), dtype="int64", ragged=True)
    b = k.Input(shape=(None,), dtype="int64", ragged=True)
    embed, pool = la.Embedding(10, 4), la.GlobalAveragePooling1D()
    model = k.Model([a, b], la.Subtract()([pool(embed(a)), pool(embed(b))]))
    feed = [Ragged.of(draw.ints(8, 0, 10, "int64"), ROWS),
            Ragged.of(draw.ints(5, 0, 10, "int64"), [0, 1, 3, 5])]  # fmt: skip
    return model, feed


def _csr(draw: Draw, shape: tuple[int, int]) -> Sparse:
    """A third of the entries are stored, and none of the last row."""
    dense = draw.floats(shape)
    dense[draw.ints(shape, 0, 3) > 0] = 0
    dense[-1] = 0
    return Sparse.of(dense)


@case("sparse_classifier")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(20,), sparse=True)
    h = k.layers.Dense(6, activation="relu")(x)
    return k.Model(x, k.layers.Dense(3, activation="softmax")(h)), _csr(draw, (5, 20))


@case("sparse_classifier_tf_keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(20,), sparse=True)
    logits = k.layers.Dense(4)(x)
    return k.Model(x, k.layers.Softmax()(logits)), _csr(draw, (5, 20))


@case("sparse_and_dense_inputs")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    words, x = k.Input(shape=(15,), sparse=True), k.Input(shape=(4,))
    both = la.Concatenate()([la.Dense(3)(words), la.Dense(2)(x)])
    return k.Model([words, x], la.Dense(1)(both)), [_csr(draw, (4, 15)), draw.floats((4, 4))]


@case("sparse_shared_dense")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    a, b = k.Input(shape=(15,), sparse=True), k.Input(shape=(15,), sparse=True)
    encode = k.layers.Dense(3, activation="tanh")
    feed = [_csr(draw, (4, 15)), _csr(draw, (4, 15))]
    return k.Model([a, b], k.layers.Multiply()([encode(a), encode(b)])), feed


@case("sparse_factorization_machine", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    x = k.Input(shape=(12,), sparse=True)
    factors = la.Dense(4, use_bias=False)(x)
    return k.Model(x, la.Dense(1)(factors * factors)), _csr(draw, (5, 12))


@case("dense_model_takes_sparse_feed")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    x = k.Input(shape=(8,))
    h = la.LayerNormalization(epsilon=0.1)(x)
    return k.Model(x, la.Dense(2)(h)), _csr(draw, (4, 8))
