"""The names of kgraph where Keras code looks for them: ``kg.keras.layers.Dense``.

Its modules can be imported from, too: ``from kgraph.keras.layers import Dense``.
"""

import sys as _sys

from kgraph import activations, backend, initializers, layers, models, ops, saving, utils
from kgraph import backend as config
from kgraph.graph.function import Function
from kgraph.graph.keras_tensor import KerasTensor
from kgraph.graph.naming import clear_session
from kgraph.layers.input_layer import Input
from kgraph.layers.input_spec import InputSpec
from kgraph.layers.layer import Layer
from kgraph.models import Model, Sequential
from kgraph.types.dtypes import floatx, set_floatx
from kgraph.types.variable import Variable

__all__ = [
    "Function",
    "Input",
    "InputSpec",
    "KerasTensor",
    "Layer",
    "Model",
    "Sequential",
    "Variable",
    "activations",
    "backend",
    "clear_session",
    "floatx",
    "initializers",
    "layers",
    "models",
    "ops",
    "saving",
    "set_floatx",
    "utils",
]

for _module in (activations, backend, initializers, layers, models, ops, saving, utils):
    _sys.modules[f"{__name__}.{_module.__name__.split('.')[-1]}"] = _module
_sys.modules[f"{__name__}.config"] = config
