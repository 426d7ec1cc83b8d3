"""The config of a functional model, laid out as Keras 3 lays it out, and the model it describes.

    {"name": …, "trainable": …, "input_layers": …, "output_layers": …,
     "layers": [{"class_name", "module", "registered_name", "config", "name", "inbound_nodes"}]}

Each inbound node is one call: its ``args`` and ``kwargs``, in which a symbolic value stands as
``keras_history``: the name of what made it, in which of its calls, as which of the results; "mask"
stands behind where the user took the mask of that result for a value.  Masks that travel on their
own are not written: who calls the layers anew has them again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kgraph.graph.keras_tensor import KerasTensor, Node
from kgraph.graph.source import quiet
from kgraph.layers.custom_objects import custom_object_scope, find_custom_object
from kgraph.layers.input_layer import Input, InputLayer
from kgraph.layers.serialization import find_class, serialize
from kgraph.models.topology import is_input
from kgraph.models.values_config import Decoder, Encoder
from kgraph.ops.op import Op, lookup
from kgraph.types import tree
from kgraph.types.array_type import CompositeType
from kgraph.types.errors import KGraphTypeError, KGraphValueError, message
from kgraph.types.value_config import decode_spec

if TYPE_CHECKING:
    from kgraph.models.model import Model

_OPS_MODULE = "kgraph.ops"
_MASK = "mask"


# -- writing -------------------------------------------------------------------------------------


def graph_config(model: Model) -> dict[str, Any]:
    """What :meth:`Model.get_config` documents."""
    from kgraph.models.model import Model as Base

    if not model.has_graph or type(model).__init__ is not Base.__init__:
        raise KGraphTypeError(
            message(
                f"{type(model).__name__} is a subclass of Model that is made in a way of its own",
                hint="write `get_config` and `from_config` for it",
            )
        )
    writer = _Writer(model)
    return {
        "name": model.name,
        "trainable": model.trainable,
        "layers": [*writer.cut_inputs(), *map(writer.entry, model.topology.operations)],
        "input_layers": tree.map_leaves(writer.history, model.input),
        "output_layers": tree.map_leaves(writer.history, model.output),
    }


class _Writer:
    def __init__(self, model: Model) -> None:
        self.inputs = model.inputs
        self.histories = {
            id(tensor): [node.name, call, place]
            for nodes in model.topology.operations
            for call, node in enumerate(nodes)
            for place, tensor in enumerate(node.outputs)
        } | {
            id(tensor._keras_mask): [node.name, call, place, _MASK]
            for nodes in model.topology.operations
            for call, node in enumerate(nodes)
            for place, tensor in enumerate(node.outputs)
            if tensor._keras_mask is not None
        }
        # an intermediate tensor that is an input of this model stands as an Input of its name
        cut = [x for x in self.inputs if not is_input(x)]
        self.histories |= {id(x): [x.name, 0, 0] for x in cut}
        self.encoder = Encoder(self._refer)

    def history(self, tensor: KerasTensor) -> list[Any]:
        return self.histories[id(tensor)]

    def _refer(self, value: Any) -> Any:
        if isinstance(value, KerasTensor):
            about: dict[str, Any] = {}
            if not isinstance(value.type, CompositeType):
                about = {"shape": list(value.shape), "dtype": value.dtype.name}
            about["keras_history"] = self.history(value)
            return {"class_name": "__keras_tensor__", "config": about}
        raise KGraphTypeError(
            message(
                "a call in this graph has an argument that cannot be written to a config",
                received=f"{value!r} of type {type(value).__name__}",
            )
        )

    def cut_inputs(self) -> list[dict[str, Any]]:
        return [
            _input_entry(InputLayer(x.type_spec, x.name).get_config())
            for x in self.inputs
            if not is_input(x)
        ]

    def entry(self, calls: list[Node]) -> dict[str, Any]:
        first = calls[0]
        if isinstance(first.operation, InputLayer):
            return _input_entry(first.operation.get_config())
        if isinstance(first.operation, Op):
            config = {"name": first.name}
            about = {"module": _OPS_MODULE, "class_name": first.operation.name, "config": config}
        else:
            about = serialize(first.operation)
        return {**about, "name": first.name, "inbound_nodes": list(map(self._call, calls))}

    def _call(self, node: Node) -> dict[str, Any]:
        encode = self.encoder.encode
        kwargs = {key: encode(value) for key, value in node.kwargs.items()}
        return {"args": [encode(value) for value in node.args], "kwargs": kwargs}


def _input_entry(config: dict[str, Any]) -> dict[str, Any]:
    about = {"module": "kgraph.layers", "class_name": "InputLayer", "registered_name": None}
    return {**about, "config": config, "name": config["name"], "inbound_nodes": []}


# -- reading -------------------------------------------------------------------------------------


def layer_from_entry(
    entry: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> Any:
    """The layer or model that a config entry describes, with new weights."""
    with custom_object_scope(custom_objects or {}):
        if entry["class_name"] == "InputLayer":
            return input_from_config(entry["config"]).node.operation
        return find_class(entry).from_config(dict(entry["config"]))


def input_from_config(config: Mapping[str, Any]) -> KerasTensor:
    """The Input of a config of kgraph, or of Keras 2 or 3."""
    if "type_spec" in config:
        placeholder: KerasTensor = InputLayer.from_config(config).output
        return placeholder
    shape = config.get("batch_shape", config.get("batch_input_shape"))
    kinds = {key: config.get(key) or None for key in ("sparse", "ragged")}
    optional = bool(config.get("optional", False))
    dtype = config.get("dtype") or "float32"
    return Input(batch_shape=shape, name=config["name"], dtype=dtype, optional=optional, **kinds)


def model_from_graph_config(
    cls: type[Model], config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None
) -> Model:
    """What :meth:`Model.from_config` documents."""
    if "layers" not in config or "output_layers" not in config:
        raise KGraphValueError(
            message(
                f"{cls.__name__}.from_config: this is not the config of a graph",
                received=f"keys {sorted(config)}",
                expected="name, layers, input_layers and output_layers",
            )
        )
    with custom_object_scope(custom_objects or {}), quiet():  # who drew it first was warned
        reader = _Reader(config["layers"])
        reader.make_all()
    inputs, outputs = (reader.structure(config[key]) for key in ("input_layers", "output_layers"))
    model = cls(inputs, outputs, name=config.get("name"))
    if not config.get("trainable", True):
        model._trainable = False  # the layers have their own word on it
    return model


class _Reader:
    """Makes the calls of a config, each when what it needs is there.

    Layers are listed by depth, and a layer that is called often stands at its deepest call, so
    that later calls must wait for others.
    """

    def __init__(self, entries: list[Mapping[str, Any]]) -> None:
        self.waiting = [
            [(entry, number, call) for number, call in enumerate(entry["inbound_nodes"])]
            for entry in entries
        ]
        self.made: dict[tuple[str, int], list[Any]] = {}
        self.operations: dict[str, Any] = {}
        self.decoder = Decoder(self._resolve)
        for entry in entries:
            self._make_operation(entry)

    def _make_operation(self, entry: Mapping[str, Any]) -> None:
        name = entry["name"]
        if entry["class_name"] == "InputLayer":
            self.made[name, 0] = [input_from_config(entry["config"])]
        elif entry.get("module") == _OPS_MODULE:
            self.operations[name] = lookup(entry["class_name"])
        else:
            self.operations[name] = layer_from_entry(entry)

    def make_all(self) -> None:
        while any(self.waiting):
            before = len(self.made)
            for calls in self.waiting:
                while calls and self._is_ready(calls[0][2]):
                    self._make(*calls.pop(0))
            if len(self.made) == before:
                stuck = [calls[0][0]["name"] for calls in self.waiting if calls]
                raise KGraphValueError(
                    f"the config is broken: the calls of {stuck} wait for values nobody makes"
                )

    def _is_ready(self, call: Mapping[str, Any]) -> bool:
        return all((name, number) in self.made for name, number, *_ in _histories(call))

    def _make(self, entry: Mapping[str, Any], number: int, call: Mapping[str, Any]) -> None:
        args = tuple(self.decoder.decode(list(call["args"])))
        kwargs = self.decoder.decode(dict(call["kwargs"]))
        operation, name = self.operations[entry["name"]], entry["name"]
        if isinstance(operation, Op):
            result = operation.apply(args, kwargs)
            _rename(result.node, name)
        else:
            result = operation(*args, **kwargs)
        self.made[name, number] = tree.flatten(result)

    def _resolve(self, value: Mapping[str, Any]) -> Any:
        if value["class_name"] == "__keras_tensor__":
            return self._tensor(*value["config"]["keras_history"])
        return decode_spec(value, find_custom_object)

    def _tensor(self, name: str, number: int, place: int, part: str | None = None) -> Any:
        found = self.made[name, number][place]
        if part != _MASK:
            return found
        if found._keras_mask is None:
            raise KGraphValueError(f"the config is broken: {name!r} makes no mask, and one is used")
        return found._keras_mask

    def structure(self, layers: Any) -> Any:
        """Nested ``[name, call, place]`` as the tensors they name."""
        if isinstance(layers, dict):
            return {key: self.structure(child) for key, child in layers.items()}
        if len(layers) > 2 and isinstance(layers[0], str) and isinstance(layers[1], int):
            return self._tensor(*layers)
        return [self.structure(child) for child in layers]


def _histories(value: Any) -> list[Any]:
    """All ``keras_history`` triples in a call."""
    if isinstance(value, Mapping):
        if value.get("class_name") == "__keras_tensor__":
            return [value["config"]["keras_history"]]
        return [found for child in value.values() for found in _histories(child)]
    if isinstance(value, list | tuple):
        return [found for child in value for found in _histories(child)]
    return []


def _rename(node: Node, name: str) -> None:
    node.name = name
    for place, tensor in enumerate(node.outputs):
        tensor.name = name if place == 0 else f"{name}_out{place}"
        if tensor._keras_mask is not None:
            tensor._keras_mask.name = f"{tensor.name}_mask"
