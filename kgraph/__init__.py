"""kgraph compiles Keras functional graphs for CPUs: dense, sparse and ragged batches are equals.

    import kgraph as kg

    x = kg.Input(shape=(32,))
    y = kg.layers.Dense(16, activation="softmax")(x)
    model = kg.Model(x, y)
    probabilities = model(batch)

Every op of ``kgraph.ops`` stands here too: ``kg.square(x)`` is ``kg.ops.square(x)``.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING
from typing import Any as _Any

from kgraph import layers, models, ops
from kgraph.graph.function import Function
from kgraph.graph.keras_tensor import KerasTensor
from kgraph.graph.naming import clear_session
from kgraph.layers import activations, initializers
from kgraph.layers.custom_objects import custom_object_scope, register_keras_serializable
from kgraph.layers.input_layer import Input
from kgraph.layers.input_spec import InputSpec
from kgraph.layers.layer import Layer
from kgraph.models import Model, Sequential
from kgraph.types.config import config
from kgraph.types.densify import DensifyWarning
from kgraph.types.dtypes import (
    bool,
    float16,
    float32,
    float64,
    floatx,
    int8,
    int16,
    int32,
    int64,
    set_floatx,
    string,
    uint8,
    uint16,
    uint32,
    uint64,
)
from kgraph.types.errors import KGraphError
from kgraph.types.names import no_such_name as _no_such_name
from kgraph.types.ragged import RaggedTensor
from kgraph.types.sparse import SparseTensor
from kgraph.types.specs import RaggedTensorSpec, SparseTensorSpec, TensorSpec, TypeSpec
from kgraph.types.variable import Variable

if TYPE_CHECKING:
    from kgraph.ops import *  # noqa: F403

    # isort: split
    from kgraph import backend, keras, ragged, saving, sparse, utils
    from kgraph.models.plotting import plot_model
    from kgraph.runtime.compiled import CompiledGraph, compile
    from kgraph.runtime.threads import set_threads
    from kgraph.types.extension import ExtensionType
    from kgraph.types.extension_fields import Tensor

__version__ = "0.1.0"

__all__ = [
    "CompiledGraph",
    "DensifyWarning",
    "ExtensionType",
    "Function",
    "Input",
    "InputSpec",
    "KGraphError",
    "KerasTensor",
    "Layer",
    "Model",
    "RaggedTensor",
    "RaggedTensorSpec",
    "Sequential",
    "SparseTensor",
    "SparseTensorSpec",
    "Tensor",
    "TensorSpec",
    "TypeSpec",
    "Variable",
    "activations",
    "backend",
    "bool",
    "clear_session",
    "compile",
    "config",
    "custom_object_scope",
    "float16",
    "float32",
    "float64",
    "floatx",
    "initializers",
    "int8",
    "int16",
    "int32",
    "int64",
    "keras",
    "layers",
    "models",
    "ops",
    "plot_model",
    "ragged",
    "register_keras_serializable",
    "saving",
    "set_floatx",
    "set_threads",
    "sparse",
    "string",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "utils",
]
_OWN = frozenset(__all__)
if TYPE_CHECKING:
    __all__ += ops.__all__
else:
    del __all__  # `__getattr__` makes it of these and of the ops

# Loaded when first needed: `import kgraph` waits neither for the ops nor for the compiler, nor for
# the packages that give other names to what stands above.
_LAZY = {
    "CompiledGraph": "kgraph.runtime.compiled",
    "ExtensionType": "kgraph.types.extension",
    "Tensor": "kgraph.types.extension_fields",
    "compile": "kgraph.runtime.compiled",
    "plot_model": "kgraph.models.plotting",
    "set_threads": "kgraph.runtime.threads",
}
_LAZY_MODULES = frozenset({"backend", "keras", "ragged", "saving", "sparse", "utils"})


def __getattr__(name: str) -> _Any:
    if name in _LAZY_MODULES:
        return _import_module(f"kgraph.{name}")
    if name in _LAZY:
        found: _Any = getattr(_import_module(_LAZY[name]), name)
    elif name == "__all__":
        found = sorted({*_OWN, *ops.__all__})
    elif name.startswith("_") or name not in ops.__all__:
        raise _no_such_name(__name__, name, __getattr__("__all__"))
    else:
        found = getattr(ops, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__getattr__("__all__")})
