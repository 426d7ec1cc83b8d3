"""A block of a Transformer encoder: attention and a hidden layer, each with residual and norm."""

from __future__ import annotations

from bench.graph import PROJECTIONS, Array, Node, Ragged, dense_input, op, ragged_input
from bench.numbers import layer, log_normal_lengths, normal, splits_of
from bench.scenario import Batch, Scenario

LONGEST, WIDTH, HEADS, HIDDEN, MEAN = 128, 256, 4, 1024, 64


def _norm(x: Node, offset: Array) -> Node:
    scale = 1 + normal(WIDTH, scale=0.1)
    return op("layer_norm", x, scale=scale, offset=offset, epsilon=1e-6)


def block(x: Node) -> Node:
    """Norms come after the residuals, as in the paper and in the examples of Keras."""
    count = len(PROJECTIONS)  # drawn at once, so that no two are the same
    kernels = normal(count, WIDTH, WIDTH, scale=WIDTH**-0.5)
    biases, offsets = normal(count, WIDTH, scale=0.1), normal(2, WIDTH, scale=0.1)
    projections = dict(zip(PROJECTIONS, zip(kernels, biases, strict=True), strict=True))
    h = _norm(x + op("self_attention", x, heads=HEADS, **projections), offsets[0])
    return _norm(h + layer(layer(h, WIDTH, HIDDEN, "gelu"), HIDDEN, WIDTH), offsets[1])


def ragged_batch(rows: int) -> Batch:
    splits = splits_of(log_normal_lengths(rows, MEAN, LONGEST))
    return (Ragged(normal(int(splits[-1]), WIDTH), (splits,)),)


X, ROWS = dense_input("x", LONGEST, WIDTH), ragged_input("x", WIDTH)
_SIZES = f"of width {WIDTH}, {HEADS} heads, hidden layer of {HIDDEN}"

SCENARIOS = (
    Scenario(
        "transformer",
        f"Transformer encoder block, {LONGEST} steps {_SIZES}",
        (X,),
        block(X),
        (1, 32),
        lambda rows: (normal(rows, LONGEST, WIDTH),),
    ),
    Scenario(
        "transformer_ragged",
        f"mean of a Transformer encoder block, ragged rows of {MEAN} steps in the mean, "
        f"{LONGEST} at most, {_SIZES}",
        (ROWS,),
        op("ragged_mean", block(ROWS)),
        (1, 32),
        ragged_batch,
    ),
)
