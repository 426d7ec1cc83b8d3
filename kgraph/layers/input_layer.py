"""Input: where a graph begins."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kgraph.graph import fields as fields  # symbolic values of extension types
from kgraph.graph.keras_tensor import KerasTensor, Node
from kgraph.graph.naming import unique_name
from kgraph.graph.placeholder import Placeholder
from kgraph.graph.source import user_line
from kgraph.layers.custom_objects import find_custom_object
from kgraph.layers.input_arguments import naming_the_line, read_arguments
from kgraph.layers.layer import Layer
from kgraph.types.calling import checked
from kgraph.types.errors import KGraphTypeError, KGraphValueError, message
from kgraph.types.specs import TypeSpec, spec_to_type


class InputLayer(Placeholder, Layer):
    """The layer behind an :func:`Input`: a placeholder of a given type.

    Args
        type_spec  the type of a whole batch; or a shape without the batch, as in Keras
        name, optional, **kwargs  as in :func:`Input`; ``input_tensor`` is its ``tensor``
        default    what is fed where nothing is

    Source    keras.layers.InputLayer

    >>> InputLayer(shape=(4,), dtype="int32").output.shape
    (None, 4)
    """

    def __init__(
        self,
        type_spec: Any = None,
        name: str | None = None,
        optional: bool = False,
        default: Any = None,
        **kwargs: Any,
    ) -> None:
        if not isinstance(type_spec, TypeSpec):
            with naming_the_line(user_line()):
                type_spec, default = _read_keras_arguments(type_spec, kwargs)
        elif kwargs:
            raise KGraphValueError(f"InputLayer: beside `type_spec`, got {sorted(kwargs)}")
        super().__init__(name=name, dtype=None)
        self.type_spec = type_spec
        self.dtype = getattr(type_spec, "dtype", self.dtype)
        self.optional = bool(optional)
        self.default = default
        self.built = True
        node = Node(self, self.name, line=user_line())
        symbol = re.sub(r"\W", "_", self.name)
        node.make_outputs(spec_to_type(type_spec, symbol))
        self._nodes.append(node)

    def _default_name(self) -> str:
        return unique_name("input", first=1)

    def call(self) -> Any:
        return None

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> InputLayer:
        from kgraph.types.value_config import decode_spec, decode_value

        arguments = dict(config)
        if arguments.get("type_spec") is not None:
            arguments["type_spec"] = decode_spec(arguments["type_spec"], find_custom_object)
        if arguments.get("default") is not None:
            arguments["default"] = decode_value(arguments["default"], find_custom_object)
        return cls(**arguments)

    def get_config(self) -> dict[str, Any]:
        from kgraph.types.value_config import encode_spec, encode_value

        config = {
            "name": self.name,
            "type_spec": encode_spec(self.type_spec),
            "optional": self.optional,
        }
        return config if self.default is None else {**config, "default": encode_value(self.default)}


def _read_keras_arguments(shape: Any, kwargs: Mapping[str, Any]) -> tuple[TypeSpec, Any]:
    given = dict(kwargs)
    if shape is not None:
        given["shape"] = shape
    if "input_tensor" in given:
        given["tensor"] = given.pop("input_tensor")
    return read_arguments(given)


@checked
def Input(
    shape: Any = None,
    batch_size: int | None = None,
    name: str | None = None,
    dtype: Any = None,
    sparse: bool | None = None,
    tensor: Any = None,
    ragged: bool | None = None,
    type_spec: TypeSpec | None = None,
    optional: bool = False,
    **kwargs: Any,
) -> KerasTensor:
    """Make a symbolic placeholder for a batch; layers and ops applied to it build the graph.

    Args
        shape       sizes without the batch; None for a size that varies; an int means a 1-tuple
        batch_size  fixed number of rows, if there is one
        name        unique in a model; ``input_1``, ``input_2``, … if it is not given
        dtype       of the values; ``floatx()`` if it is not given
        sparse      the batch comes as a ``scipy.sparse`` array or matrix of any rank (else such a
                    batch is densified)
        tensor      take the type of this array, sparse matrix, RaggedTensor, ExtensionType or
                    KerasTensor; a value is kept as it is now, and fed wherever nothing is given
        ragged      None in ``shape`` is a ragged axis: rows of different lengths
        type_spec   the type of a whole batch; then nothing but ``name`` may be given beside it
        optional    None may be fed: layers get it, and ops refuse it; it may stand beside
                    ``type_spec``
        **kwargs    ``batch_shape`` or ``batch_input_shape``: the shape with the batch

    Errors    ValueError for both ``sparse`` and ``ragged``; for both ``shape`` and a batch shape;
              if ``shape``, ``tensor`` and ``type_spec`` are all None; for anything but ``name``
              beside ``type_spec``; for arguments beside ``tensor`` that differ from it; for unknown
              keywords.  TypeError for complex and other dtypes that are not computed with
    Source    tf.keras.Input

    >>> import kgraph as kg
    >>> x = kg.Input(shape=(32,))
    >>> y = kg.layers.Dense(16, activation="softmax")(x)
    >>> model = kg.Model(x, y)
    """
    given = {
        "shape": shape, "batch_size": batch_size, "dtype": dtype, "sparse": sparse,
        "tensor": tensor, "ragged": ragged, "type_spec": type_spec, **kwargs,
    }  # fmt: skip
    with naming_the_line(user_line()):
        if name is not None and not isinstance(name, str):
            raise KGraphTypeError(
                message(
                    f"Input: `name` is no string: {name!r}",
                    received=f"a value of type {type(name).__name__}",
                    hint="the order of arguments is shape, batch_size, name, dtype, ...",
                )
            )
        spec, default = read_arguments(given)
        chosen = name or (None if type_spec is None else getattr(type_spec, "name", None))
        layer = InputLayer(spec, chosen, optional, default)
    placeholder: KerasTensor = layer.output
    return placeholder
