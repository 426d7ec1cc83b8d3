"""Host steps: ops without a kernel, computed by their NumPy references."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kgraph.compiler.interpret import number
from kgraph.compiler.plan import HostCall
from kgraph.ops.op import lookup
from kgraph.types.errors import KGraphError, locate


def host_function(call: HostCall) -> Callable[..., Any]:
    """What a host step calls: the op's reference.

    It takes the operands, and the numbers that ``call.symbols`` are in this batch.
    """
    op = lookup(call.op)
    attrs = dict(call.attrs)
    symbols, count = call.symbols, len(call.types) - 1

    def compute(*args: Any) -> Any:
        arrays, env = args[:count], dict(zip(symbols, args[count:], strict=True))
        known = {key: number(value, env) for key, value in attrs.items()}
        try:
            with np.errstate(all="ignore"):
                return op.reference(*arrays, **known)
        except KGraphError as error:
            if call.where:
                locate(error, where=call.where)
            raise

    return compute
