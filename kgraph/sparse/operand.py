"""What the functions of ``kg.sparse`` take."""

from __future__ import annotations

from typing import Any

from kgraph.ops.operands import as_operand, type_of
from kgraph.ops.sparse_parts import refuse_dense
from kgraph.types.array_type import SparseType
from kgraph.types.sparse import is_sparse


def sparse_operand(name: str, value: Any) -> Any:
    """``value``, which is sparse: SciPy's, or symbolic.

    Errors    KGraphTypeError for a dense or ragged value, KGraphValueError for another rank than 2
    """
    value = as_operand(value, f"kg.sparse.{name}")
    if not isinstance(type_of(value), SparseType):
        refuse_dense(f"kg.sparse.{name}", value)
    return value


def is_of_other_rank(value: Any) -> bool:
    """Is it a concrete sparse value that is no matrix?"""
    return is_sparse(value) and value.ndim != 2
