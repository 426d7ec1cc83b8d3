"""What this machine is: its processor, the instruction set of the kernels, its caches."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from kgraph._kernels import loops

# Where nobody says how large caches are; most processors have these at least.
_USUAL = {"L1": 32 << 10, "L2": 512 << 10}


def instruction_set() -> str:
    """Of the kernels in use: "base", "v3" (AVX2) or "v4" (AVX-512)."""
    return loops.target()


def cpu_model(root: Path = Path("/")) -> str:
    """The processor, by its name and, where the system tells them, family and model.

    Clouds often call processors of several kinds by one name.  ``root`` is where proc is looked
    for.
    """
    fields = _first_processor(root / "proc/cpuinfo")
    name = fields.get("model name") or platform.processor() or platform.machine() or "unknown"
    family, model = fields.get("cpu family"), fields.get("model")
    return f"{name} (family {family}, model {model})" if family and model else name


def cache_bytes(root: Path = Path("/")) -> dict[str, int]:
    """Bytes of the caches that hold data, nearest first: ``{"L1": 32768, "L2": 1048576}``.

    L3 is there only if the processor has one.  ``root`` is where sys is looked for.
    """
    found = dict(sorted(_caches(root / "sys/devices/system/cpu/cpu0/cache")))
    return {**_USUAL, **found}


def _first_processor(cpuinfo: Path) -> Mapping[str, str]:
    lines = _read(cpuinfo).partition("\n\n")[0].splitlines()
    pairs = (line.split(":", 1) for line in lines if ":" in line)
    return {key.strip(): value.strip() for key, value in pairs}


def _caches(folder: Path) -> Iterator[tuple[str, int]]:
    for cache in sorted(folder.glob("index*")):
        size = re.fullmatch(r"(\d+)([KM]?)", _read(cache / "size"))
        if size and _read(cache / "type") in ("Data", "Unified"):
            scale = {"": 1, "K": 1 << 10, "M": 1 << 20}[size[2]]
            yield f"L{_read(cache / 'level')}", int(size[1]) * scale


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
