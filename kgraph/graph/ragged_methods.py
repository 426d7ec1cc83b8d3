"""The methods of a ragged value that a symbolic one has, as ops."""

from __future__ import annotations

from typing import Any, NoReturn

from kgraph.types.array_type import RaggedType, ValueType
from kgraph.types.calling import checked_methods
from kgraph.types.dtypes import DType
from kgraph.types.errors import KGraphTypeError
from kgraph.types.operators import OPS


@checked_methods()
class RaggedMethods:
    """What ``tf.RaggedTensor`` calls properties and methods, as ops.

    They have its arguments; ``name`` is taken and not used, as nodes are named after their ops.
    """

    __slots__ = ()

    type: ValueType

    def _require_ragged(self, attribute: str) -> RaggedType:
        if not isinstance(self.type, RaggedType):
            raise KGraphTypeError(f"only a ragged value has `{attribute}`; this is {self!r}")
        return self.type

    def _call(self, op_name: str, *args: Any) -> Any:
        self._require_ragged(op_name)
        return OPS[op_name](self, *args)

    # -- what is known while the graph is drawn

    @property
    def ragged_rank(self) -> int:
        return self._require_ragged("ragged_rank").ragged_rank

    @property
    def row_splits_dtype(self) -> DType:
        return self._require_ragged("row_splits_dtype").splits[0].dtype

    @property
    def uniform_row_length(self) -> int | None:
        """How many items each row holds where all are known to hold the same number."""
        return self._require_ragged("uniform_row_length").uniform[0]

    # -- parts

    @property
    def values(self) -> Any:
        """The rows of a ragged value end to end, or the stored entries of a sparse one."""
        return OPS["values"](self)

    @property
    def flat_values(self) -> Any:
        return self._call("flat_values")

    @property
    def row_splits(self) -> Any:
        return self._call("row_splits")

    @property
    def nested_row_splits(self) -> tuple[Any, ...]:
        """The ``row_splits`` of each ragged axis, outermost first."""
        return tuple(OPS["row_splits"](value) for value in self._levels("nested_row_splits"))

    def nested_row_lengths(self, name: str | None = None) -> tuple[Any, ...]:
        """The row lengths of each ragged axis, outermost first."""
        return tuple(OPS["row_lengths"](value) for value in self._levels("nested_row_lengths"))

    def nested_value_rowids(self, name: str | None = None) -> tuple[Any, ...]:
        """The ``value_rowids`` of each ragged axis, outermost first."""
        return tuple(OPS["value_rowids"](value) for value in self._levels("nested_value_rowids"))

    def _levels(self, attribute: str) -> list[Any]:
        """This value, its values, their values, as long as they are ragged."""
        found: list[Any] = [self]
        for _ in range(self._require_ragged(attribute).ragged_rank - 1):
            found.append(OPS["values"](found[-1]))
        return found

    # -- where rows lie

    def nrows(self, out_type: Any = None, name: str | None = None) -> Any:
        return self._call("nrows", out_type)

    def row_starts(self, name: str | None = None) -> Any:
        return self._call("row_starts")

    def row_limits(self, name: str | None = None) -> Any:
        return self._call("row_limits")

    def row_lengths(self, axis: int = 1, name: str | None = None) -> Any:
        return self._call("row_lengths", axis)

    def value_rowids(self, name: str | None = None) -> Any:
        return self._call("value_rowids")

    def bounding_shape(
        self, axis: Any = None, name: str | None = None, out_type: Any = None
    ) -> Any:
        return self._call("bounding_shape", axis, out_type)

    # -- regrouped

    def with_values(self, new_values: Any) -> Any:
        return self._call("with_values", new_values)

    def with_flat_values(self, new_values: Any) -> Any:
        return self._call("with_flat_values", new_values)

    def with_row_splits_dtype(self, dtype: Any) -> Any:
        return self._call("with_row_splits_dtype", dtype)

    def merge_dims(self, outer_axis: int, inner_axis: int) -> Any:
        return self._call("merge_dims", outer_axis, inner_axis)

    def to_tensor(self, default_value: Any = 0, name: str | None = None, shape: Any = None) -> Any:
        """Rows filled up with ``default_value``; axes cut or widened to ``shape``."""
        self._require_ragged("to_tensor")
        if not isinstance(name, str | None):
            raise KGraphTypeError(f"the name {name!r} is no string; give shape=(...) by name")
        return OPS["to_dense"](self, default_value, shape)

    def to_sparse(self, name: str | None = None) -> Any:
        return self._call("to_sparse")

    def to_list(self) -> NoReturn:
        self._no_numbers("to_list")

    def _no_numbers(self, method: str) -> NoReturn:
        self._require_ragged(method)
        raise KGraphTypeError(
            f"{self!r} is symbolic and has no numbers for `{method}()`. Build a Model from it and "
            f"call the model with data: model(rows).{method}()"
        )

    def __getitem__(self, key: Any) -> Any:
        first, *rest = key if isinstance(key, tuple) and key else (key,)
        if not isinstance(getattr(first, "type", None), RaggedType):
            return super().__getitem__(key)  # type: ignore[misc]  # of the class this is mixed into
        masked = OPS["ragged_boolean_mask"](self, first)
        rank = first.ragged_rank
        return masked[(*[slice(None)] * (rank + 1), *rest)] if rest else masked
