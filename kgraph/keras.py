"""The names of kgraph where Keras code looks for them: ``kg.keras.layers.Dense``."""

from kgraph import activations, initializers, layers, models, ops
from kgraph.graph.function import Function
from kgraph.graph.keras_tensor import KerasTensor
from kgraph.graph.naming import clear_session
from kgraph.layers.input_layer import Input
from kgraph.models import Model, Sequential
from kgraph.types.dtypes import floatx, set_floatx
from kgraph.types.variable import Variable

__all__ = [
    "Function",
    "Input",
    "KerasTensor",
    "Model",
    "Sequential",
    "Variable",
    "activations",
    "clear_session",
    "floatx",
    "initializers",
    "layers",
    "models",
    "ops",
    "set_floatx",
]
