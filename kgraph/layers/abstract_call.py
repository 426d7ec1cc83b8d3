"""What a layer would return, found by calling it on values of which only the types are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kgraph.ops.op import Abstract, abstract_value
from kgraph.ops.operands import symbolic_like, type_of
from kgraph.types import tree
from kgraph.types.dtypes import default_float, is_float
from kgraph.types.specs import TensorSpec, TypeSpec, spec_to_type, type_to_spec

if TYPE_CHECKING:
    pass


def forget(leaf: Any) -> Any:
    """``leaf`` without its numbers; what is no array stays as it is."""
    if leaf is None or isinstance(leaf, bool | int | float | str):
        return leaf
    if isinstance(leaf, TypeSpec):
        return symbolic_like(spec_to_type(leaf, "x"), Abstract)
    return abstract_value(leaf)


def output_spec(layer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The TypeSpecs of what ``layer`` returns for arguments of these types."""
    abstract = tuple(tree.map_leaves(forget, arg) for arg in args)
    options = {key: tree.map_leaves(forget, value) for key, value in kwargs.items()}
    result = layer.attempt(abstract, options)
    return tree.map_leaves(lambda leaf: type_to_spec(type_of(leaf)), result)


def output_shape(layer: Any, shapes: tuple[Any, ...]) -> Any:
    """The shapes of what ``layer`` returns for dense inputs of these shapes, batch included."""
    dtype = layer.dtype if is_float(layer.dtype) else default_float()
    specs = tuple(_map_shapes(shape, dtype) for shape in shapes)
    return tree.map_leaves(lambda spec: spec.shape, output_spec(layer, specs, {}))


def _map_shapes(shape: Any, dtype: Any) -> Any:
    if isinstance(shape, dict):
        return {key: _map_shapes(inner, dtype) for key, inner in shape.items()}
    if isinstance(shape, list | tuple) and any(tree.is_branch(item) for item in shape):
        return [_map_shapes(inner, dtype) for inner in shape]
    return TensorSpec(shape, dtype)
