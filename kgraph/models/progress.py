"""A line on stderr that says how far a long run is."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from kgraph.types.errors import KGraphValueError

_PATIENCE = 1.0  # s: a run that is shorter shows nothing
_BETWEEN = 0.1  # s: between two updates of the line


class Progress:
    """Counts ``total`` steps: ``3/8 batches, 0.4 s``."""

    def __init__(self, total: int, verbose: str | int) -> None:
        if verbose not in (0, 1, 2, "auto"):
            raise KGraphValueError(f'`verbose` is 0, 1, 2 or "auto", got {verbose!r}')
        self.total = max(total, 1)
        self.done = 0
        self.live = verbose == 1 or (verbose == "auto" and sys.stderr.isatty())
        self.patience = _PATIENCE if verbose == "auto" else 0.0
        self.last_line = verbose in (1, 2)
        self.shown = False

    def __enter__(self) -> Progress:
        self.start = self.updated = time.monotonic()
        return self

    def step(self) -> None:
        self.done += 1
        if not self.live:
            return
        now = time.monotonic()
        if now - self.start >= self.patience and now - self.updated >= _BETWEEN:
            self.updated, self.shown = now, True
            sys.stderr.write("\r" + self._text(now))
            sys.stderr.flush()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None:
            sys.stderr.write("\n" if self.shown else "")
        elif self.shown or self.last_line:
            start = "\r" if self.live else ""
            sys.stderr.write(start + self._text(time.monotonic()) + "\n")

    def _text(self, now: float) -> str:
        return f"{self.done}/{self.total} batches, {now - self.start:.1f} s"
