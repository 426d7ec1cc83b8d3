"""Intel's MKL through ``sparse_dot_mkl``, for products of CSR matrices."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from bench.adapters import Builds
from bench.adapters.numpy import build_with
from bench.adapters.scipy import SparseWriter
from bench.graph import Unsupported
from bench.scenario import Batch, Scenario

REQUIRES = ("sparse_dot_mkl",)


def builds(scenario: Scenario, threads: int) -> Builds:
    if "sparse_dense" not in scenario.ops:
        raise Unsupported("measured for sparse products alone")
    _show_library()
    try:
        import sparse_dot_mkl  # noqa: F401
    except ImportError as error:
        raise Unsupported("libmkl_rt is not found: pip install mkl") from error
    return {"csr": build_with(MklWriter, scenario)}


def _show_library() -> None:
    """pip puts the library into the environment, where ``sparse_dot_mkl`` does not look for it."""
    found = sorted(Path(sys.prefix, "lib").glob("libmkl_rt.so*"))
    if found:
        os.environ.setdefault("MKL_RT", str(found[-1]))


class MklWriter(SparseWriter):
    """SciPy's way with MKL's product."""

    product = "dot_product_mkl({x}, {k})"

    def __init__(self, scenario: Scenario, batch: Batch) -> None:
        from sparse_dot_mkl import dot_product_mkl

        super().__init__(scenario, batch)
        self.names["dot_product_mkl"] = dot_product_mkl
