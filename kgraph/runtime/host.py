"""Host steps: ops without a kernel, computed by their NumPy references."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kgraph._kernels.plan import Executor
from kgraph.compiler.interpret import number
from kgraph.compiler.plan import HostCall
from kgraph.ops.op import lookup
from kgraph.types.errors import KGraphError, locate


def host_function(call: HostCall, executor: Executor) -> Callable[..., Any]:
    """What a host step calls: the op's reference with its attributes at this batch's sizes."""
    op = lookup(call.op)
    attrs = dict(call.attrs)
    symbols = [symbol.name for symbol in executor.plan.symbols]

    def compute(*arrays: np.ndarray) -> Any:
        env: dict[str, int] = {}
        for type, array in zip(call.types[:-1], arrays, strict=True):
            for size, actual in zip(type.dims, array.shape, strict=True):
                if str(size) in symbols:
                    env[str(size)] = actual
        known = {key: number(value, env) for key, value in attrs.items()}
        try:
            with np.errstate(all="ignore"):
                return op.reference(*arrays, **known)
        except KGraphError as error:
            if call.where:
                locate(error, where=call.where)
            raise

    return compute
