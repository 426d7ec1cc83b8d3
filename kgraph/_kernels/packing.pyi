from collections.abc import Sequence

def pack(
    lifetimes: Sequence[tuple[int, int]], sizes: Sequence[int], before: Sequence[int] | None = None
) -> tuple[list[int], int]: ...
