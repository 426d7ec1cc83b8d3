from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

_Link = tuple[str, int]

def chains_of(
    registers: Sequence[tuple[str, int, int, int]],
    instructions: Sequence[tuple[str, str, str, int, int, int, int, int]],
) -> list[tuple[int, int, str, list[_Link]]]: ...
def has_chains() -> bool: ...
def link_names() -> tuple[str, ...]: ...
def run_links(
    dtype: str, links: Sequence[_Link], arrays: Sequence[npt.NDArray[Any]], *, target: str
) -> int: ...
