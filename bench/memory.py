"""Resident memory of this process, in bytes; None where the system does not tell."""

from __future__ import annotations

import contextlib
import ctypes
import gc
from pathlib import Path

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_CLEAR_PEAK = "5"


def give_back() -> None:
    """Free what nobody holds: two dozen processes that keep what they once had fill a machine."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # not glibc
        ctypes.CDLL(None).malloc_trim(0)


def start_peak() -> int | None:
    """What is resident now; the peak counts from here."""
    with contextlib.suppress(OSError):
        _CLEAR.write_text(_CLEAR_PEAK)
    return _field("VmRSS")


def peak() -> int | None:
    """The most that was resident since ``start_peak``."""
    return _field("VmHWM")


def _field(name: str) -> int | None:
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:  # not Linux
        return None
    kilobytes = next(line.split()[1] for line in lines if line.startswith(name + ":"))
    return int(kilobytes) * 1024
