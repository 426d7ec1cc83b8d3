from collections.abc import Sequence

BLOCK: int

class Program:
    def __init__(
        self,
        registers: Sequence[tuple[str, int, int, int]],
        instructions: Sequence[tuple[str, str, int, int, int, int, int]],
    ) -> None: ...
