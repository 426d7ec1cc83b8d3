"""``kg.ragged``: what ``tf.ragged`` has, on numbers and on symbolic values.

Arguments and results are those of TensorFlow; ``name`` is taken and not used.  On numbers a
function computes at once, on KerasTensors it draws ops into the graph.
"""

from typing import TYPE_CHECKING

from kgraph.ragged.building import (
    concat,
    constant,
    range,
    stack,
    stack_dynamic_partitions,
)
from kgraph.ragged.items import boolean_mask, cast, expand_dims, gather, map_flat_values, where
from kgraph.ragged.segments import row_splits_to_segment_ids, segment_ids_to_row_splits
from kgraph.types.calling import checked_functions as _checked_functions
from kgraph.types.names import no_such_name as _no_such_name

__all__ = [
    "boolean_mask",
    "cast",
    "concat",
    "constant",
    "expand_dims",
    "gather",
    "map_flat_values",
    "range",
    "row_splits_to_segment_ids",
    "segment_ids_to_row_splits",
    "stack",
    "stack_dynamic_partitions",
    "where",
]

_checked_functions(globals(), __all__)

if not TYPE_CHECKING:  # a checker knows every name that is here

    def __getattr__(name):
        raise _no_such_name(__name__, name, __all__)
