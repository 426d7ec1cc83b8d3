"""How layers can be wired: sharing, nesting, branching, many inputs and outputs.

Widths differ wherever they can, so that weights taken in a wrong order do not fit.
"""

from __future__ import annotations

from typing import Any

from .registry import Draw, case


@case("logistic_regression", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(32,))
    return k.Model(x, k.layers.Dense(16, activation="softmax")(x)), draw.floats((5, 32))


@case("sequential_mlp", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    stack = [k.Input(shape=(6,)), la.Dense(5, activation="relu"), la.Dense(4), la.Softmax()]
    return k.Sequential(stack), draw.floats((7, 6))


@case("sequential_built_step_by_step", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    model = k.Sequential()
    model.add(k.Input(shape=(3,)))
    model.add(k.layers.Dense(4, activation="tanh"))
    model.add(k.layers.Dense(2))
    return model, draw.floats((5, 3))


@case("two_inputs_two_outputs", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    a, b = k.Input(shape=(4,)), k.Input(shape=(6,))
    both = la.Concatenate()([la.Dense(3)(a), la.Dense(5)(b)])
    score, label = la.Dense(1)(both), la.Dense(2, activation="softmax")(both)
    return k.Model([a, b], [score, label]), [draw.floats((3, 4)), draw.floats((3, 6))]


@case("inputs_in_a_dict_outputs_in_a_dict", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    a, b = k.Input(shape=(4,), name="age"), k.Input(shape=(2,), name="bias")
    h = la.Dense(3, activation="relu")(a)
    model = k.Model({"age": a, "bias": b}, {"sum": la.Concatenate()([h, b]), "hidden": h})
    return model, {"age": draw.floats((3, 4)), "bias": draw.floats((3, 2))}


@case("nested_structure_of_inputs", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    a, b, c = (
        k.Input(shape=(2,), name="a"),
        k.Input(shape=(3,), name="b"),
        k.Input(shape=(4,), name="c"),
    )
    h = la.Concatenate()([la.Dense(2)(a), la.Dense(3)(b), la.Dense(4)(c)])
    model = k.Model({"u": [a, b], "v": {"w": c}}, {"u": [la.Dense(1)(h)], "v": h})
    feed = {"u": [draw.floats((2, 2)), draw.floats((2, 3))], "v": {"w": draw.floats((2, 4))}}
    return model, feed


@case("residual_block", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    x = k.Input(shape=(6,))
    h = la.Dense(6)(la.Dense(9, activation="relu")(x))
    return k.Model(x, la.LayerNormalization()(la.Add()([x, h]))), draw.floats((4, 6))


@case("deep_residual_tower", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    x = h = k.Input(shape=(5,))
    for width in (7, 6, 8, 9):
        h = la.Add()([h, la.Dense(5)(la.Dense(width, activation="gelu")(h))])
    return k.Model(x, h), draw.floats((4, 5), -1.0, 1.0)


@case("diamond", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    x = k.Input(shape=(4,))
    top = la.Dense(5, activation="tanh")(x)
    left, right = la.Dense(3, activation="relu")(top), la.Dense(3, activation="sigmoid")(top)
    return k.Model(x, la.Multiply()([left, right])), draw.floats((4, 4))


@case("branches_of_unequal_depth", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    x = k.Input(shape=(4,))
    short = la.Dense(3)(x)
    long = la.Dense(2)(la.Dense(6)(la.Dense(5)(x)))
    return k.Model(x, la.Concatenate()([short, long])), draw.floats((4, 4))


@case("branches_made_in_reverse_order", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    first, second = la.Dense(3), la.Dense(5)
    x, y = k.Input(shape=(4,)), k.Input(shape=(2,))
    late, early = second(y), first(x)
    return k.Model([y, x], [early, late]), [draw.floats((4, 2)), draw.floats((4, 4))]


@case("shared_layer", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    a, b = k.Input(shape=(4,)), k.Input(shape=(4,))
    encode = la.Dense(3, activation="relu")
    distance = la.Subtract()([encode(a), encode(b)])
    return k.Model([a, b], la.Dense(1)(distance)), [draw.floats((3, 4)), draw.floats((3, 4))]


@case("layer_shared_along_one_path", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(4,))
    step = k.layers.Dense(4, activation="tanh")
    return k.Model(x, k.layers.Dense(2)(step(step(step(x))))), draw.floats((3, 4))


@case("shared_embedding", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    a, b = k.Input(shape=(3,), dtype="int32"), k.Input(shape=(5,), dtype="int32")
    embed, pool = la.Embedding(9, 4), la.GlobalAveragePooling1D()
    model = k.Model([a, b], la.Concatenate()([pool(embed(a)), pool(embed(b))]))
    return model, [draw.ints((2, 3), 0, 9), draw.ints((2, 5), 0, 9)]


@case("shared_sub_model", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    u = k.Input(shape=(4,))
    tower = k.Model(u, la.Dense(3)(la.Dense(5, activation="relu")(u)))
    a, b = k.Input(shape=(4,)), k.Input(shape=(4,))
    model = k.Model([a, b], la.Maximum()([tower(a), tower(b)]))
    return model, [draw.floats((3, 4)), draw.floats((3, 4))]


@case("sub_model_with_many_inputs_and_outputs", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    u, v = k.Input(shape=(2,)), k.Input(shape=(3,))
    both = la.Concatenate()([u, v])
    inner = k.Model([u, v], [la.Dense(2)(both), la.Dense(3, activation="tanh")(both)])
    a, b = k.Input(shape=(2,)), k.Input(shape=(3,))
    left, right = inner([a, b])
    left, right = inner([left, right])
    return k.Model([a, b], [right, left]), [draw.floats((4, 2)), draw.floats((4, 3))]


@case("sub_model_of_a_sub_model", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    u = k.Input(shape=(3,))
    inner = k.Model(u, la.Dense(4)(u))
    v = k.Input(shape=(3,))
    middle = k.Model(v, la.Dense(5, activation="relu")(inner(v)))
    x = k.Input(shape=(3,))
    return k.Model(x, la.Dense(2)(middle(x))), draw.floats((4, 3))


@case("sequential_inside_a_functional_model", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    block = k.Sequential([k.Input(shape=(4,)), la.Dense(6, activation="relu"), la.Dense(3)])
    x = k.Input(shape=(4,))
    return k.Model(x, [block(x), la.Dense(2)(block(x))]), draw.floats((3, 4))


@case("sequential_of_sequentials", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    head = k.Sequential([k.Input(shape=(4,)), la.Dense(5), la.ReLU()])
    tail = k.Sequential([k.Input(shape=(5,)), la.BatchNormalization(), la.Dense(2)])
    return k.Sequential([k.Input(shape=(4,)), head, tail]), draw.floats((3, 4))


@case("functional_model_inside_a_sequential", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    u = k.Input(shape=(5,))
    gate = k.Model(u, la.Multiply()([la.Dense(3)(u), la.Dense(3, activation="sigmoid")(u)]))
    return k.Sequential([k.Input(shape=(4,)), la.Dense(5), gate, la.Dense(2)]), draw.floats((3, 4))


@case("intermediate_tensor_as_the_input_of_a_model", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    x = k.Input(shape=(4,))
    h = la.Dense(5, activation="relu")(x)
    y = la.Dense(3)(la.Dense(6, activation="tanh")(h))
    return k.Model(h, y), draw.floats((3, 5))


@case("intermediate_tensors_as_outputs", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    x = k.Input(shape=(4,))
    h = la.Dense(5, activation="relu")(x)
    g = la.Dense(6, activation="tanh")(h)
    return k.Model(x, [g, h, la.Dense(2)(g)]), draw.floats((3, 4))


@case("head_and_tail_of_one_graph_rejoined", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    x = k.Input(shape=(4,))
    h = la.Dense(5, activation="relu")(x)
    y = la.Dense(3)(h)
    head, tail = k.Model(x, h), k.Model(h, y)
    z = k.Input(shape=(4,))
    return k.Model(z, tail(head(z))), draw.floats((3, 4))


@case("one_output_twice", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    x = k.Input(shape=(4,))
    y = k.layers.Dense(3)(x)
    return k.Model(x, [y, y]), draw.floats((3, 4))


@case("unused_input", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    a, b = k.Input(shape=(4,)), k.Input(shape=(2,))
    return k.Model([a, b], k.layers.Dense(3)(a)), [draw.floats((3, 4)), draw.floats((3, 2))]


@case("only_part_of_a_graph", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    x = k.Input(shape=(4,))
    h = la.Dense(5)(x)
    la.Dense(7)(h)  # drawn, but no output needs it
    return k.Model(x, la.Dense(2)(h)), draw.floats((3, 4))


@case("wide_and_deep", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    wide = k.Input(shape=(8,), name="wide")
    ids = k.Input(shape=(3,), dtype="int32", name="ids")
    deep = la.Flatten()(la.Embedding(11, 4)(ids))
    deep = la.BatchNormalization()(la.Dense(6, activation="relu")(deep))
    both = la.Concatenate()([wide, la.Dropout(0.5)(deep)])
    model = k.Model([wide, ids], la.Dense(1, activation="sigmoid")(both))
    return model, [draw.floats((4, 8)), draw.ints((4, 3), 0, 11)]


@case("autoencoder", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    x = k.Input(shape=(10,))
    code = la.Dense(3, activation="relu", name="code")(la.Dense(6, activation="relu")(x))
    y = la.Dense(10, activation="sigmoid")(la.Dense(7, activation="relu")(code))
    return k.Model(x, y), draw.floats((4, 10), 0.0, 1.0)


@case("batch_of_one", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    x = k.Input(shape=(20,))
    h = la.Dense(40, activation="relu")(la.Rescaling(0.5)(x))
    return k.Model(x, la.Dense(10, activation="softmax")(h)), draw.floats((1, 20))


@case("batch_larger_than_32", "keras", "tf_keras")
def _(k: Any, draw: Draw) -> tuple[Any, Any]:
    la = k.layers
    x = k.Input(shape=(4,))
    return k.Model(x, la.Dense(3)(la.Dense(6, activation="relu")(x))), draw.floats((70, 4))
