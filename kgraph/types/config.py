"""Settings of the library as a whole."""

from __future__ import annotations

import os


class Config:
    """Settings that hold for the process.

    ``densify_limit``: the most bytes that a sparse batch may take when a dense input writes its
    zeros out; a larger one raises instead.

    ``cache_folder``: where what was measured of this machine is kept, by default ``kgraph`` in the
    user's cache folder.
    """

    def __init__(self) -> None:
        self.densify_limit = 1 << 30
        self.cache_folder = _cache_folder()

    def __repr__(self) -> str:
        return (
            f"Config(densify_limit={self.densify_limit}, cache_folder={str(self.cache_folder)!r})"
        )


def _cache_folder() -> str | os.PathLike[str]:
    """Source    the XDG Base Directory Specification"""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(home, "kgraph")


config = Config()
