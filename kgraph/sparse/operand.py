"""What the functions of ``kg.sparse`` take."""

from __future__ import annotations

from typing import Any

from kgraph.ops.operands import as_operand, type_of
from kgraph.ops.sparse_parts import refuse_dense
from kgraph.types.array_type import SparseType


def sparse_operand(name: str, value: Any) -> Any:
    """``value``, which is sparse: SciPy's, or symbolic.

    Errors    KGraphTypeError for a dense or ragged value
    """
    value = as_operand(value, f"kg.sparse.{name}")
    if not isinstance(type_of(value), SparseType):
        refuse_dense(f"kg.sparse.{name}", value)
    return value
