"""Ops on ragged values: slices, arithmetic, reductions, joining."""

from __future__ import annotations

import numpy as np

from .answers import Answerer, expressions, floats, rows
from .registry import Ragged

R = rows(3, 0, 1, 4)
S = rows(1, 2, 0, 3)
INNER = rows(2, 0, 3, inner=(2,))
DEEP = Ragged.of(floats(7), [0, 2, 2, 4], [0, 3, 3, 4, 7])
FULL = Ragged.of(floats(6), [0, 2, 3, 6])  # no row of these is empty
DEEP_FULL = Ragged.of(floats(5), [0, 2, 3], [0, 1, 3, 5])
INTS = rows(2, 3, 0, dtype="int64")
EACH = slice(None)

KEYS = {
    "row": 0, "last-row": -1, "empty-row": 1, "rows": slice(1, 3), "rows-from": slice(2, None),
    "every-second-row": slice(None, None, 2), "reversed-rows": slice(None, None, -1),
    "heads": (EACH, slice(None, 2)), "tails": (EACH, slice(1, None)),
    "last-items": (EACH, slice(-2, None)), "all-but-last": (EACH, slice(None, -1)),
    "every-second": (EACH, slice(None, None, 2)), "reversed-items": (EACH, slice(None, None, -1)),
    "rows-and-heads": (slice(1, None), slice(None, 2)), "cell": (0, 1), "new-last": (..., None),
    "none-left": (EACH, slice(3, 2)), "row-and-items": (3, slice(1, 3)),
}  # fmt: skip
expressions("ragged-index", R, {name: lambda k, r, key=key: r[key] for name, key in KEYS.items()})
expressions(
    "ragged-inner-index", INNER,
    {
        name: lambda k, r, key=key: r[key]
        for name, key in {
            "row": 0, "heads": (EACH, slice(None, 1)), "inner": (EACH, EACH, 1),
            "inner-slice": (EACH, EACH, slice(1, None)), "ellipsis": (..., 0),
        }.items()
    },
)  # fmt: skip
expressions(
    "ragged-deep-index", DEEP,
    {
        name: lambda k, r, key=key: r[key]
        for name, key in {
            "row": 0, "row-of-row": (0, 0), "cell": (0, 0, 2), "heads": (EACH, slice(None, 1)),
            "inner-heads": (EACH, EACH, slice(None, 1)),
        }.items()
    },
)  # fmt: skip
expressions("ragged-index-refused", R, {"column": lambda k, r: r[:, 0]})

expressions("ragged-index-beyond", R, {"values": lambda k, r: r[9]}, graph=False)
expressions(
    "ragged-index-beyond",
    R,
    {"graph": lambda k, r: r[9]},
    eager=False,
    differs="a row that a batch does not have is a ValueError in a graph",
)
UNARY = (
    "absolute", "exp", "log1p", "negative", "square", "sqrt", "tanh", "sin", "cos", "floor",
    "round", "sign", "sigmoid", "relu", "softplus", "elu", "silu", "isnan", "zeros_like",
    "ones_like", "expm1", "rsqrt", "erf",
)  # fmt: skip
POSITIVE = {"sqrt", "log1p", "rsqrt"}
for name in UNARY:
    domain = (
        Ragged.of(np.abs(R.flat_values) + np.float32(0.5), R.splits[0]) if name in POSITIVE else R
    )
    expressions("ragged-op", domain, {name: lambda k, r, name=name: getattr(k.ops, name)(r)})

BINARY: dict[str, Answerer] = {
    "add": lambda k, r: r + 1, "reflected-sub": lambda k, r: 1 - r, "mul": lambda k, r: r * 2,
    "truediv": lambda k, r: r / 4, "itself": lambda k, r: r * r, "neg": lambda k, r: -r,
    "abs": lambda k, r: abs(r), "power": lambda k, r: r**2, "gt": lambda k, r: r > 0,
    "le": lambda k, r: r <= 0.5, "mod": lambda k, r: r % 2, "floordiv": lambda k, r: r // 2,
}  # fmt: skip
expressions("ragged-operator", R, BINARY)
expressions(
    "ragged-inner-operator", INNER, {name: BINARY[name] for name in ("add", "itself", "gt")}
)
expressions("ragged-deep-operator", DEEP, {name: BINARY[name] for name in ("add", "itself", "gt")})
expressions(
    "ragged-broadcast",
    (R, floats(4, 1)),
    {"column": lambda k, r, d: r + d, "left": lambda k, r, d: d * r},
)
expressions("ragged-broadcast-inner", INNER, {"row": lambda k, r: r * np.float32([1, -1])})
expressions("ragged-broadcast-refused", (R, S), {"lengths": lambda k, r, s: r + s})

REDUCTIONS = ("sum", "mean", "max", "min", "prod")
for name in REDUCTIONS:
    expressions(
        "ragged-reduce-full", FULL,
        {
            f"{name}-rows": lambda k, r, name=name: getattr(k.ops, name)(r, axis=1),
            f"{name}-columns": lambda k, r, name=name: getattr(k.ops, name)(r, axis=0),
        },
    )  # fmt: skip
    expressions(
        "ragged-reduce-deep", DEEP if name in ("sum", "prod") else DEEP_FULL,
        {
            f"{name}-items": lambda k, r, name=name: getattr(k.ops, name)(r, axis=2),
            f"{name}-rows": lambda k, r, name=name: getattr(k.ops, name)(r, axis=1),
        },
    )  # fmt: skip
    expressions(
        "ragged-reduce-inner", Ragged.of(floats(5, 2), [0, 2, 5]),
        {
            f"{name}-rows": lambda k, r, name=name: getattr(k.ops, name)(r, axis=1),
            f"{name}-inner": lambda k, r, name=name: getattr(k.ops, name)(r, axis=2),
        },
    )  # fmt: skip
expressions(
    "ragged-reduce", R,
    {
        "sum-empty-row": lambda k, r: k.ops.sum(r, axis=1),
        "prod-empty-row": lambda k, r: k.ops.prod(r, axis=1),
        "any-empty-row": lambda k, r: k.ops.any(r > 0, axis=1),
        "all-empty-row": lambda k, r: k.ops.all(r > 0, axis=1),
        "sum-all": lambda k, r: k.ops.sum(r),
        "mean-all": lambda k, r: k.ops.mean(r),
    },
)  # fmt: skip
NO_ITEMS = "a row without items has mean 0, maximum -inf and minimum inf"
expressions(
    "ragged-reduce", R, {"mean-empty-row": lambda k, r: k.ops.mean(r, axis=1)}, differs=NO_ITEMS
)
expressions(
    "ragged-reduce", R,
    {
        "max-empty-row": lambda k, r: k.ops.max(r, axis=1),
        "min-empty-row": lambda k, r: k.ops.min(r, axis=1),
    },
    differs=NO_ITEMS,
)  # fmt: skip

expressions(
    "ragged-join", (R, S),
    {
        "rows": lambda k, r, s: k.ops.concatenate([r, s], axis=0),
        "items": lambda k, r, s: k.ops.concatenate([r, s], axis=1),
        "ragged-rows": lambda k, r, s: k.ragged.stack([r, s], axis=0),
        "ragged-items": lambda k, r, s: k.ragged.stack([r, s], axis=1),
        "stack": lambda k, r, s: k.ops.stack([r, s], axis=0),
        "stack-items": lambda k, r, s: k.ops.stack([r, s], axis=1),
    },
)  # fmt: skip
expressions(
    "ragged-join-deep", (DEEP, DEEP),
    {
        "rows": lambda k, r, s: k.ops.concatenate([r, s], axis=0),
        "items": lambda k, r, s: k.ops.concatenate([r, s], axis=1),
        "inner": lambda k, r, s: k.ops.concatenate([r, s], axis=2),
    },
)  # fmt: skip
expressions(
    "ragged-join-dense",
    (R, floats(4, 2)),
    {"items": lambda k, r, d: k.ops.concatenate([r, d], axis=1)},
)
expressions(
    "ragged-select", R,
    {
        "where": lambda k, r: k.ops.where(r > 0, r, -r),
        "where-scalar": lambda k, r: k.ops.where(r > 0, r, k.ops.zeros_like(r)),
        "clip": lambda k, r: k.ops.clip(r, -0.5, 0.5),
        "cast": lambda k, r: k.ops.cast(r, "int32"),
        "maximum": lambda k, r: k.ops.maximum(r, -r),
        "minimum": lambda k, r: k.ops.minimum(r, 0.25),
        "boolean-mask": lambda k, r: k.ragged.boolean_mask(r, r > 0),
        "take-rows": lambda k, r: k.ops.take(r, [3, 0, 0], axis=0),
        "take-inner": lambda k, r: k.ops.take(r, [[2], [1]], axis=0),
        "flip": lambda k, r: k.ops.flip(r, 1),
        "flip-rows": lambda k, r: k.ops.flip(r, 0),
        "expand-last": lambda k, r: k.ops.expand_dims(r, -1),
        "expand-first": lambda k, r: k.ops.expand_dims(r, 0),
        "expand-middle": lambda k, r: k.ops.expand_dims(r, 1),
        "tile": lambda k, r: k.ops.tile(r, [1, 2]),
        "cumsum": lambda k, r: k.ops.cumsum(r, axis=1),
        "map-flat-values": lambda k, r: k.ragged.map_flat_values(lambda v: v * v + 1, r),
    },
)  # fmt: skip
expressions(
    "ragged-ids", INTS,
    {
        "table": lambda k, ids: k.ops.take(floats(9, 2), ids, axis=0),
        "one-hot": lambda k, ids: k.ops.one_hot(ids, 8),
        "sum": lambda k, ids: k.ops.sum(ids, axis=1),
        "add": lambda k, ids: ids + 1,
    },
)  # fmt: skip
