"""The machine a result was measured on: ``python -m bench.machine`` prints it as JSON.

Asked in a worker's environment, so that it says what the workers ran on.
"""

from __future__ import annotations

import json
import os
import platform
from importlib import metadata, util
from pathlib import Path
from typing import Any

PACKAGES = (
    "numpy",
    "scipy",
    "sparse_dot_mkl",
    "onnxruntime",
    "onnx",
    "openvino",
    "jax",
    "torch",
    "tensorflow",
    "tf_keras",
    "numexpr",
    "numba",
    "pytensor",
)
_CPUINFO, _CACHES = Path("/proc/cpuinfo"), Path("/sys/devices/system/cpu/cpu0/cache")
_TELLING = ("avx2", "fma", "avx512f", "avx512_bf16", "avx512_fp16", "amx_bf16", "amx_int8")


def describe() -> dict[str, Any]:
    """CPU, caches, instruction set, versions of what was compared, and what else ran.

    ``load`` is the load average of the last minute: ask before measuring.
    """
    import kgraph
    from kgraph._kernels import loops
    from kgraph.runtime.threads import available_processors

    fields = _cpuinfo()
    return {
        "cpu": _cpu(fields),
        "processors": available_processors(),
        "caches": _caches(),
        "instructions": [name for name in _TELLING if name in fields.get("flags", "").split()],
        "kernels": loops.target(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "kgraph": kgraph.__version__,
        "versions": versions(),
        "blas": _blas(),
        "environment": {k: v for k, v in sorted(os.environ.items()) if "OPENBLAS" in k},
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
    }


def versions() -> dict[str, str]:
    """Of the packages that are installed."""
    owners = metadata.packages_distributions()  # tensorflow may be of tensorflow-cpu
    return {name: metadata.version(owners[name][0]) for name in PACKAGES if name in owners}


def _cpuinfo() -> dict[str, str]:
    try:
        lines = _CPUINFO.read_text().splitlines()
    except OSError:  # not Linux
        return {}
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    return {key.strip(): value.strip() for key, value in fields.items()}


def _cpu(fields: dict[str, str]) -> str:
    name = fields.get("model name", platform.processor() or "unknown")
    family, model = fields.get("cpu family"), fields.get("model")
    return f"{name} (family {family}, model {model})" if family and model else name


def _caches() -> list[str]:
    """Of the first processor, as ``L1 Data 48K``."""
    found = []
    for folder in sorted(_CACHES.glob("index*")):
        level, kind, size = ((folder / name).read_text().strip() for name in _CACHE_FILES)
        found.append(f"L{level} {kind} {size}")
    return found


_CACHE_FILES = ("level", "type", "size")


def _blas() -> str:
    """NumPy's library and, where ``threadpoolctl`` can tell, the kernels it chose."""
    import numpy as np

    config: Any = np.show_config(mode="dicts")
    blas = config.get("Build Dependencies", {}).get("blas", {})
    name = f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip()
    return f"{name}, kernels {_blas_kernels()}"


def _blas_kernels() -> str:
    if util.find_spec("threadpoolctl") is None:
        return _openblas_corename() or "unknown"
    import threadpoolctl

    pools = threadpoolctl.threadpool_info()
    found = {pool["architecture"] for pool in pools if pool.get("internal_api") == "openblas"}
    return ", ".join(sorted(found)) or "unknown"


def _openblas_corename() -> str | None:
    """Ask the OpenBLAS that NumPy's wheel brings."""
    import ctypes

    import numpy as np

    folder = Path(np.__file__).parent.parent / "numpy.libs"
    for file in folder.glob("libscipy_openblas*.so"):
        corename = getattr(ctypes.CDLL(str(file)), "scipy_openblas_get_corename64_", None)
        if corename is not None:
            corename.restype = ctypes.c_char_p
            return str(corename().decode())
    return None


def main() -> None:
    print(json.dumps(describe()))


if __name__ == "__main__":
    main()
