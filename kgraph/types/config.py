"""Settings of the library as a whole."""

from __future__ import annotations


class Config:
    """Settings that hold for the process.

    ``densify_limit``: the most bytes that a sparse batch may take when a dense input writes its
    zeros out; a larger one raises instead.
    """

    def __init__(self) -> None:
        self.densify_limit = 1 << 30

    def __repr__(self) -> str:
        return f"Config(densify_limit={self.densify_limit})"


config = Config()
