"""An op on ragged values as wholes: its reference computes on them as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import kgraph.ops.operands as operands
from kgraph.ops.dtype_rules import unchanged
from kgraph.ops.op import DTypeRule, Op, register
from kgraph.types.array_type import ArrayType


class CompositeOp(Op):
    """An op whose reference takes and gives ragged values; ``lower`` and ``ragged`` erase them."""

    def compute(self, inputs: tuple[Any, ...], attrs: Mapping[str, Any]) -> Any:
        type = self.result_type(inputs, attrs)  # refuses what the rules refuse, in their words
        result = self.reference(*map(operands.close_sparse, inputs), **attrs)
        return np.asarray(result, type.dtype) if isinstance(type, ArrayType) else result

    def rule(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        """One rule for dense and ragged operands."""
        return self.lower(self.ragged(rule))


def composite(*, dtypes: DTypeRule = unchanged) -> Callable[[Callable[..., Any]], CompositeOp]:
    """Make the decorated reference an op on ragged values and enter it in the registry."""

    def define(reference: Callable[..., Any]) -> CompositeOp:
        return register(CompositeOp(reference, dtypes))

    return define
