"""Indexing of the KerasTensor."""

from __future__ import annotations

import numpy as np

from .answers import expressions, floats, integers

X = floats(3, 4)
CUBE = floats(2, 3, 4)
EACH = slice(None)
KEYS = {
    "first-row": 0, "last-row": -1, "column": (EACH, 1), "last-column": (EACH, -1),
    "cell": (0, 1), "columns": (EACH, slice(1, 3)), "columns-from": (EACH, slice(2, None)),
    "columns-to": (EACH, slice(None, 2)), "columns-to-end": (EACH, slice(None, -1)),
    "columns-from-end": (EACH, slice(-2, None)), "every-second": (EACH, slice(None, None, 2)),
    "reversed-columns": (EACH, slice(None, None, -1)), "rows": slice(0, 2),
    "rows-from": slice(1, None), "reversed-rows": slice(None, None, -1),
    "every-second-row": slice(None, None, 2), "ellipsis": ..., "ellipsis-column": (..., 1),
    "new-last": (..., None), "new-first": None, "new-middle": (EACH, None),
    "new-and-column": (EACH, None, 1), "rows-and-columns": (slice(1, 3), slice(0, 2)),
    "row-and-columns": (1, slice(1, None)), "none-left": (EACH, slice(2, 2)),
    "beyond": (EACH, slice(2, 99)), "backwards": (EACH, slice(3, 0, -1)),
    "backwards-from-end": (EACH, slice(-1, None, -2)), "rows-to-end": slice(None, -1),
}  # fmt: skip
DEEP = {
    "matrix": 0, "row": (EACH, 1), "line": (EACH, EACH, 2), "last": (..., -1),
    "first-of-last": (..., 0), "middle": (EACH, slice(0, 2)),
    "all-three": (slice(1), 1, slice(1, 3)),
    "ellipsis-between": (0, ..., 1), "new-inside": (EACH, EACH, None), "point": (1, 2, 3),
}  # fmt: skip

expressions(
    "index", X, {name: lambda k, x, key=key: x[key] for name, key in KEYS.items()}, eager=False
)
expressions(
    "index-cube",
    CUBE,
    {name: lambda k, x, key=key: x[key] for name, key in DEEP.items()},
    eager=False,
)
expressions(
    "index-mask", X,
    {"elements": lambda k, x: x[x > 0], "rows": lambda k, x: x[x[:, 0] > 0]}, eager=False,
)  # fmt: skip
expressions("index-symbol", (X, np.int32([2, 0, 1])), {"row": lambda k, x, i: x[i[0]]}, eager=False)
expressions(
    "index-take", X,
    {
        "rows": lambda k, x: k.ops.take(x, [2, 0], axis=0),
        "columns": lambda k, x: k.ops.take(x, [3, 3, 0], axis=1),
        "table": lambda k, x: k.ops.take(x, [[0, 1], [2, 2]], axis=0),
    }, eager=False,
)  # fmt: skip
expressions(
    "index-take-of-table", np.int32([[0, 2], [1, 1]]),
    {"rows": lambda k, ids: k.ops.take(floats(3, 2), ids, axis=0)}, eager=False,
)  # fmt: skip
expressions(
    "index-int", integers(3, 4),
    {"column": lambda k, x: x[:, 2], "reversed": lambda k, x: x[:, ::-1]}, eager=False,
)  # fmt: skip
expressions(
    "index-refused", X,
    {
        "beyond": lambda k, x: x[:, 9],
        "too-many": lambda k, x: x[0, 0, 0],
        "text": lambda k, x: x["a"],
        "fraction": lambda k, x: x[1.5],
        "step-zero": lambda k, x: x[:, ::0],
    }, eager=False,
)  # fmt: skip
