"""Memory: the bytes that a compiled graph holds, and those a call takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True, repr=False)
class Memory(Mapping[str, int]):
    """Bytes at the sizes of the last batch; before a first call, those of the weights alone.

    ``weights`` are as packed for the kernels.  ``arena`` holds what flows between regions, and
    ``scratch``, for each of ``threads``, what flows within them: both stay from call to call.
    ``outputs`` are made anew by each call.  ``total`` is all of it.

    >>> memory = Memory(weights=4096, arena=640, scratch=2048, threads=2, outputs=400)
    >>> memory["total"]
    9232
    >>> memory
    <Memory weights=4,096 arena=640 scratch=2,048 x 2 threads outputs=400 total=9,232 bytes>
    """

    weights: int
    arena: int
    scratch: int
    threads: int
    outputs: int

    @property
    def total(self) -> int:
        return self.weights + self.arena + self.scratch * self.threads + self.outputs

    def __getitem__(self, name: str) -> int:
        if name not in self._names():
            raise KeyError(name)
        number: int = getattr(self, name)
        return number

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    def _names(self) -> tuple[str, ...]:
        return (*(one.name for one in fields(self)), "total")

    def __repr__(self) -> str:
        threads = f"{self.threads} thread" + ("" if self.threads == 1 else "s")
        return (
            f"<Memory weights={self.weights:,} arena={self.arena:,} "
            f"scratch={self.scratch:,} x {threads} outputs={self.outputs:,} "
            f"total={self.total:,} bytes>"
        )
