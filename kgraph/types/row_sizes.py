"""Ragged axes whose rows are all known to have one length: held to it when a batch comes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kgraph.types.dims import Shape
from kgraph.types.errors import ShapeError, message


def check_row_sizes(nested_row_splits: Sequence[np.ndarray], sizes: Shape, what: str) -> None:
    """Refuse rows of other lengths than ``sizes`` says, one for each ragged axis.

    Errors    ShapeError that names the first such row
    """
    for axis, (splits, size) in enumerate(zip(nested_row_splits, sizes, strict=False), 1):
        if size is None:
            continue
        lengths = np.diff(splits)
        wrong = np.flatnonzero(lengths != size)
        if len(wrong):
            row = int(wrong[0])
            raise ShapeError(
                message(
                    f"{what}: row {row} of axis {axis} has {lengths[row]} items, expected {size}",
                    received=f"{len(wrong)} of {len(lengths)} rows of other lengths",
                    expected=f"{size} items in each row of axis {axis}",
                    hint="declare the size of this axis as None, if rows differ in length",
                )
            )
