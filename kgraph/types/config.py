"""Settings of the library as a whole."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Config:
    """Settings that hold for the process.

    ``densify_limit``: the most bytes that a sparse batch may take when a dense input writes its
    zeros out; a larger one raises instead.
    """

    densify_limit: int = 1 << 30


config = Config()
