"""The machine a result was measured on, in the words that matter for it."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

import numpy as np
import scipy

import kgraph
from kgraph._kernels import loops
from kgraph.runtime.threads import default_threads


def describe() -> dict[str, Any]:
    """CPU, instruction set of the kernels, versions of what was compared, and what else ran.

    ``load`` is the load average of the last minute: ask before measuring. Where it is not near
    zero the rows with as many threads as processors say little.
    """
    return {
        "cpu": _cpu(),
        "processors": default_threads(),
        "kernels": loops.target(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "kgraph": kgraph.__version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "blas": _blas(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:  # not Linux
        return platform.processor() or "unknown"
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    found = {key.strip(): value.strip() for key, value in fields.items()}
    name = found.get("model name", platform.processor() or "unknown")
    family, model = found.get("cpu family"), found.get("model")
    return f"{name} (family {family}, model {model})" if family and model else name


def _blas() -> str:
    config: Any = np.show_config(mode="dicts")
    blas = config.get("Build Dependencies", {}).get("blas", {})
    return f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip()
