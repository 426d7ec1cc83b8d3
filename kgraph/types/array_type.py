"""What the compiler knows of a value: arrays with symbolic dims, and composites of them.

``ArrayType`` is the only type in the IR.  A ragged or sparse value at the front is a composite of
arrays (``RaggedType``, ``SparseType``), which lowering takes apart.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from kgraph.types.dims import Dims, Shape, Size, made_symbols, product, public_shape, row_width
from kgraph.types.dtypes import DType, short_name
from kgraph.types.errors import KGraphAttributeError
from kgraph.types.tree import labelled
from kgraph.types.value import Value


class ArrayType(Value):
    """A dense array: a dtype and a tuple of sizes.

    >>> from kgraph.types.dims import Dim
    >>> ArrayType(np.dtype("float32"), (Dim.symbol("B"), 16))
    f32[B, 16]
    """

    __match_args__ = ("dtype", "dims")
    dtype: DType
    dims: Dims

    def __init__(self, dtype: DType, dims: Dims) -> None:
        vars(self).update(dtype=dtype, dims=dims)

    @property
    def ndim(self) -> int:
        return len(self.dims)

    @property
    def shape(self) -> Shape:
        return public_shape(self.dims)

    @cached_property
    def size(self) -> Size:
        """Number of elements."""
        return product(self.dims)

    @cached_property
    def made(self) -> tuple[str, ...]:
        """The sizes in it that only the numbers of a batch decide."""
        return _made(self.dims)

    def with_dims(self, dims: Dims) -> ArrayType:
        return ArrayType(self.dtype, dims)

    def with_dtype(self, dtype: DType) -> ArrayType:
        return ArrayType(dtype, self.dims)

    def __repr__(self) -> str:
        return f"{short_name(self.dtype)}[{', '.join(map(str, self.dims))}]"


class RaggedType(Value):
    """Rows with bounds: flat values, and row splits for each ragged axis, outermost first.

    ``uniform`` has the length of the rows of a ragged axis where all are known to be equally long.
    """

    __match_args__ = ("flat", "splits", "uniform")
    flat: ArrayType
    splits: tuple[ArrayType, ...]
    uniform: Shape

    def __init__(self, flat: ArrayType, splits: tuple[ArrayType, ...], uniform: Shape = ()) -> None:
        vars(self).update(flat=flat, splits=splits, uniform=uniform or (None,) * len(splits))

    @property
    def dtype(self) -> DType:
        return self.flat.dtype

    @property
    def ragged_rank(self) -> int:
        return len(self.splits)

    @cached_property
    def dims(self) -> tuple[Size | None, ...]:
        """Sizes as one sees them from outside; None for an axis whose rows differ in length."""
        return (self.splits[0].dims[0] - 1, *self.uniform, *self.flat.dims[1:])

    @cached_property
    def made(self) -> tuple[str, ...]:
        return sum((part.made for part in self.splits), self.flat.made)

    @property
    def ndim(self) -> int:
        return len(self.dims)

    @property
    def shape(self) -> Shape:
        return tuple(size if isinstance(size, int) else None for size in self.dims)

    def with_flat(self, flat: ArrayType) -> RaggedType:
        return RaggedType(flat, self.splits, self.uniform)

    def __repr__(self) -> str:
        dims = ", ".join("~" if size is None else str(size) for size in self.dims)
        return f"ragged {short_name(self.dtype)}[{dims}]"


class SparseType(Value):
    """Rows of stored values, their columns, row bounds, and the dense sizes.

    Columns count the elements of a row, in row-major order if rows have more axes than one.  An
    input some of whose sizes only a batch tells has an array more, ``sizes``: one without elements,
    whose shape tells those after the first.  So has an output whose sizes only numbers tell.
    """

    __match_args__ = ("data", "indices", "indptr", "dims", "sizes")
    data: ArrayType
    indices: ArrayType
    indptr: ArrayType
    dims: Dims
    sizes: ArrayType | None

    def __init__(
        self,
        data: ArrayType,
        indices: ArrayType,
        indptr: ArrayType,
        dims: Dims,
        sizes: ArrayType | None = None,
    ) -> None:
        vars(self).update(data=data, indices=indices, indptr=indptr, dims=dims, sizes=sizes)

    @property
    def width(self) -> Size:
        """How many elements a row has: the columns."""
        return row_width(self.dims)

    @property
    def parts(self) -> tuple[ArrayType, ...]:
        """The types of its arrays, in the order in which lowering lists them."""
        told = () if self.sizes is None else (self.sizes,)
        return (self.data, self.indices, self.indptr, *told)

    @property
    def dtype(self) -> DType:
        return self.data.dtype

    @cached_property
    def made(self) -> tuple[str, ...]:
        return (*self.data.made, *self.indices.made, *self.indptr.made, *_made(self.dims))

    @property
    def ndim(self) -> int:
        return len(self.dims)

    @property
    def shape(self) -> Shape:
        return public_shape(self.dims)

    def __repr__(self) -> str:
        return f"sparse {short_name(self.dtype)}[{', '.join(map(str, self.dims))}]"


class CompositeType(Value):
    """A value made of others: ``spec`` takes it apart, ``parts`` are the types of its components.

    It has a shape and a dtype only if its spec has; else ``shape`` names those of its components.
    """

    __match_args__ = ("spec", "parts")
    spec: Any
    parts: tuple[ValueType, ...]

    def __init__(self, spec: Any, parts: tuple[ValueType, ...]) -> None:
        vars(self).update(spec=spec, parts=parts)

    @cached_property
    def made(self) -> tuple[str, ...]:
        return tuple(name for part in self.parts for name in part.made)

    @property
    def labels(self) -> tuple[str, ...]:
        """How the components are called."""
        labels: tuple[str, ...] = self.spec.component_labels
        return labels

    def part_names(self, name: str) -> list[str]:
        """How the components of a value called ``name`` are called."""
        return [labelled(name, label) for label in self.labels]

    @property
    def dims(self) -> Dims:
        """The number of rows, if the first component has rows."""
        first = self.parts[0].dims[:1] if self.parts else ()
        return tuple(size for size in first if size is not None)

    @property
    def shape(self) -> Any:
        own = getattr(self.spec, "shape", None)
        if isinstance(own, tuple):
            return own
        return {label: part.shape for label, part in zip(self.labels, self.parts, strict=True)}

    @property
    def dtype(self) -> DType:
        own: DType | None = getattr(self.spec, "dtype", None)
        if own is None:
            raise KGraphAttributeError(
                f"{self.kind} has no dtype of its own; its fields have: {', '.join(self.labels)}"
            )
        return own

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def kind(self) -> str:
        """The name of the class of the values."""
        return str(getattr(self.spec.value_type, "__name__", self.spec.value_type))

    def with_parts(self, parts: tuple[ValueType, ...]) -> CompositeType:
        return CompositeType(self.spec, parts)

    def __repr__(self) -> str:
        parts = zip(self.labels, self.parts, strict=True)
        return f"{self.kind}({', '.join(f'{label}: {part}' for label, part in parts)})"


ValueType: TypeAlias = "ArrayType | RaggedType | SparseType | CompositeType"


def _made(dims: Dims) -> tuple[str, ...]:
    return tuple(
        [name for size in dims if not isinstance(size, int) for name in made_symbols(size)]
    )


def type_of_array(value: np.ndarray | np.generic) -> ArrayType:
    return ArrayType(value.dtype, tuple(value.shape))
