"""The roofline: how fast this machine can compute and move bytes at most.

Peaks are measured with kgraph's own dense product on matrices that stay in cache, bandwidths with
copies of arrays that fill half of each cache and of arrays far larger than all.  That takes half a
second, once for a processor, instruction set and number of threads: results are kept in a file.

Source    Williams, Waterman, Patterson: Roofline: an insightful visual performance model for
          multicore architectures, Communications of the ACM, 2009
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from kgraph._kernels import roofline as kernels
from kgraph.runtime.machine import cache_bytes, cpu_model, instruction_set
from kgraph.types.config import config

MEMORY = "memory"
_FORMAT = 1  # of the file; another number measures anew
_PRODUCT = (168, 256)  # rows, and sums of so many products; 64 KB of columns
_COLUMN_BYTES = 512
_ROUNDS, _COPY_ROUNDS = 40, 12
_PRODUCTS, _COPIED = 10, 16 << 20  # of a round: products, bytes that each thread copies at least
_MOST_BYTES = 256 << 20  # of the arrays that count as memory
_ENDLESS = 1 << 62  # what memory holds


@dataclass(frozen=True)
class Bandwidth:
    """Bytes read and written in a second, 10^9 of them, by copies within ``bytes`` of memory."""

    level: str
    bytes: int
    gbs: float


@dataclass(frozen=True)
class Roofline:
    """What this machine can do at most on ``threads`` threads."""

    cpu: str
    instructions: str
    threads: int
    gflops: dict[str, float]
    bandwidths: tuple[Bandwidth, ...]

    def level(self, bytes: int) -> Bandwidth:
        """The nearest level that holds so many bytes."""
        return next((one for one in self.bandwidths if bytes <= one.bytes), self.bandwidths[-1])

    def to_dict(self) -> dict[str, Any]:
        """As values that JSON can hold."""
        return {**asdict(self), "bandwidths": [asdict(one) for one in self.bandwidths]}

    def __str__(self) -> str:
        peaks = ", ".join(f"{rate:,.0f} GFLOP/s {name}" for name, rate in self.gflops.items())
        copies = ", ".join(f"{one.level} {one.gbs:,.0f}" for one in self.bandwidths)
        threads = f"{self.threads} thread" + "s" * (self.threads != 1)
        return f"{peaks}; copies in GB/s: {copies} ({self.cpu}, {self.instructions}, {threads})"


_known: dict[str, Roofline] = {}


def roofline(threads: int = 1, *, remeasure: bool = False) -> Roofline:
    """The roofline of this machine: from memory, from the file, or measured.

    The file is ``roofline.json`` in ``kg.config.cache_folder``; one that cannot be read or written
    costs measuring again, and nothing else.
    """
    key = f"{cpu_model()} | {instruction_set()} | {threads}"
    if remeasure or key not in _known:
        found = None if remeasure else _from_dict(_kept().get(key))
        if found is None:
            found = measure(threads)
            _keep(key, found)
        _known[key] = found
    return _known[key]


def measure(threads: int) -> Roofline:
    """Measure: the best of many rounds, which a busy machine disturbs least."""
    peaks = {name: _peak(name, threads) for name in ("float32", "float64")}
    copies = tuple(_bandwidths(threads))
    return Roofline(cpu_model(), instruction_set(), threads, peaks, copies)


def _peak(dtype: str, threads: int) -> float:
    rows, depth = _PRODUCT
    columns = _COLUMN_BYTES // int(dtype.removeprefix("float")) * 8
    seconds = kernels.products(rows, depth, columns, dtype, threads, _PRODUCTS, _ROUNDS)
    return _rate(2 * rows * depth * columns * threads * _PRODUCTS, seconds)


def _bandwidths(threads: int) -> Iterator[Bandwidth]:
    caches = cache_bytes()
    for level, size in caches.items():
        private = level in ("L1", "L2")  # each thread has its own; the last level is shared
        each = size if private else size // threads
        yield Bandwidth(level, size * threads if private else size, _copy(each // 4, threads))
    far = min(4 * max(caches.values()), _MOST_BYTES)
    yield Bandwidth(MEMORY, _ENDLESS, _copy(far // threads // 2, threads))


def _copy(count: int, threads: int) -> float:
    """``count`` bytes of each thread, to as many others."""
    repeats = max(1, _COPIED // count)
    seconds = kernels.copies(count, threads, repeats, _COPY_ROUNDS)
    return _rate(2 * count * threads * repeats, seconds)


def _rate(amount: int, seconds: Sequence[float]) -> float:
    """In 10^9 a second, to three digits or so."""
    return round(amount / min(seconds) / 1e9, 1)


# -- the file --------------------------------------------------------------------------------------


def _file() -> Path:
    return Path(config.cache_folder) / "roofline.json"


def _kept() -> dict[str, Any]:
    try:
        found = json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict) or found.get("format") != _FORMAT:
        return {}
    machines = found.get("machines")
    return machines if isinstance(machines, dict) else {}


def _keep(key: str, found: Roofline) -> None:
    text = json.dumps({"format": _FORMAT, "machines": {**_kept(), key: found.to_dict()}}, indent=1)
    path = _file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
            file.write(text + "\n")
        os.replace(file.name, path)  # a reader sees the old file or the new one
    except OSError:
        return


def _from_dict(kept: Any) -> Roofline | None:
    """The roofline that was kept; None if it is none."""
    try:
        copies = tuple(Bandwidth(**one) for one in kept["bandwidths"])
        return Roofline(**{**kept, "bandwidths": copies})
    except (KeyError, TypeError):
        return None
