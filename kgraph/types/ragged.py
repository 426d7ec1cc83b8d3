"""Ragged values: the ``RaggedTensor`` and how nested lists become one."""

from kgraph.types.ragged_lists import as_ragged, constant
from kgraph.types.ragged_tensor import RaggedTensor

__all__ = ["RaggedTensor", "as_ragged", "constant"]
