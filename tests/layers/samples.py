"""For each layer: how it is made, an input of each kind it takes, and the weights it then has."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse

import kgraph as kg
from kgraph.layers.layer import Layer

RNG = np.random.default_rng(20)
SPLITS = [0, 2, 2, 5]


def floats(*shape: int) -> np.ndarray:
    return RNG.uniform(-2, 2, shape).astype(np.float32)


def ragged(*inner: int, splits: Any = SPLITS) -> kg.RaggedTensor:
    return kg.RaggedTensor.from_row_splits(floats(splits[-1], *inner), splits)


def sparse(rows: int, columns: int) -> scipy.sparse.csr_array:
    return scipy.sparse.csr_array(_with_zeros(rows, columns))


def stored(*shape: int) -> scipy.sparse.coo_array:
    """A sparse value of any rank."""
    return scipy.sparse.coo_array(_with_zeros(*shape))


def _with_zeros(*shape: int) -> np.ndarray:
    dense = floats(*shape)
    dense[RNG.uniform(size=dense.shape) < 0.6] = 0
    dense[1] = 0
    return dense


@dataclass(frozen=True)
class Inner:
    """A layer among the arguments of another: made anew each time, so that it is not built."""

    name: str
    kwargs: dict[str, Any]

    def make(self) -> Layer:
        layer: Layer = getattr(kg.layers, self.name)(**self.kwargs)
        return layer


@dataclass(frozen=True)
class Sample:
    """Arguments of a layer, an input of each kind, and the names and shapes of its weights."""

    arguments: dict[str, Any]
    inputs: dict[str, Any]
    weights: dict[str, tuple[int, ...]] = field(default_factory=dict)
    weights_of_ragged: dict[str, tuple[int, ...]] | None = None
    apart: bool = False
    """Whether a list of inputs is several arguments of a call."""

    @property
    def kwargs(self) -> dict[str, Any]:
        return {
            key: value.make() if isinstance(value, Inner) else value
            for key, value in self.arguments.items()
        }


def _elementwise(**kwargs: Any) -> Sample:
    kinds = {"dense": floats(3, 4), "ragged": ragged(4), "sparse": sparse(3, 4)}
    return Sample(kwargs, kinds)


def _noise(**kwargs: Any) -> Sample:
    return Sample(kwargs, {"dense": floats(3, 4), "ragged": ragged(4)})


def _merging() -> Sample:
    rows = ragged(2)
    return Sample(
        {},
        {
            "dense": [floats(3, 4), floats(3, 1)],
            "ragged": [rows, rows.with_flat_values(floats(5, 2))],
            "sparse": [sparse(3, 4), sparse(3, 4)],
        },
    )


def _pooling() -> Sample:
    return Sample({}, {"dense": floats(2, 5, 3), "ragged": ragged(3, splits=[0, 2, 3, 7])})


_ROWS = ragged(4)
_IDS = RNG.integers(0, 6, (3, 4)).astype(np.int32)

SAMPLES: dict[str, Sample] = {
    "Activation": _elementwise(activation="tanh"),
    "Add": _merging(),
    "Average": _merging(),
    "BatchNormalization": Sample(
        {"epsilon": 0.5},
        {"dense": floats(5, 3), "ragged": ragged(3)},
        {"gamma": (3,), "beta": (3,), "moving_mean": (3,), "moving_variance": (3,)},
    ),
    "Concatenate": Sample(
        {"axis": 1},
        {
            "dense": [floats(3, 2), floats(3, 4)],
            "ragged": [ragged(2), ragged(2, splits=[0, 1, 4, 4])],
            "sparse": [sparse(3, 2), sparse(3, 4)],
        },
    ),
    "Dense": Sample(
        {"units": 2, "activation": "relu"},
        {"dense": floats(3, 4), "ragged": ragged(4), "sparse": sparse(3, 4)},
        {"kernel": (4, 2), "bias": (2,)},
    ),
    "Dropout": _elementwise(rate=0.25, seed=3),
    "Embedding": Sample(
        {"input_dim": 6, "output_dim": 2},
        {
            "dense": _IDS,
            "ragged": kg.RaggedTensor.from_row_splits(np.int64([5, 0, 1, 1, 3]), SPLITS),
        },
        {"embeddings": (6, 2)},
    ),
    "Flatten": Sample({}, {"dense": floats(2, 3, 4), "sparse": stored(3, 2, 4)}),
    "GlobalAveragePooling1D": _pooling(),
    "GlobalMaxPooling1D": _pooling(),
    "Identity": _elementwise(),
    "LayerNormalization": Sample(
        {},
        {"dense": floats(2, 3, 4), "ragged": ragged(4)},
        {"gamma": (4,), "beta": (4,)},
    ),
    "LeakyReLU": _elementwise(negative_slope=0.25),
    "Maximum": _merging(),
    "Minimum": _merging(),
    "MultiHeadAttention": Sample(
        {"num_heads": 2, "key_dim": 3, "value_dim": 5, "output_shape": 6, "use_gate": True},
        {
            "dense": [floats(3, 2, 4), floats(3, 5, 4)],
            "ragged": [_ROWS, _ROWS.with_flat_values(floats(5, 4))],
        },
        {
            "query/kernel": (4, 2, 3),
            "query/bias": (2, 3),
            "key/kernel": (4, 2, 3),
            "key/bias": (2, 3),
            "gate/kernel": (4, 2, 5),
            "gate/bias": (2, 5),
            "value/kernel": (4, 2, 5),
            "value/bias": (2, 5),
            "attention_output/kernel": (2, 5, 6),
            "attention_output/bias": (6,),
        },
        apart=True,
    ),
    "Multiply": _merging(),
    "Normalization": Sample(
        {},
        {"dense": floats(4, 3)},
        {"mean": (3,), "variance": (3,), "count": ()},
    ),
    "ReLU": _elementwise(max_value=1.0, negative_slope=0.25, threshold=0.5),
    "Rescaling": _elementwise(scale=0.5, offset=1.0),
    "Reshape": Sample(
        {"target_shape": (2, -1)}, {"dense": floats(3, 4), "sparse": stored(3, 4, 1)}
    ),
    "Softmax": Sample({}, {"dense": floats(3, 4), "ragged": ragged(4)}),
    "Subtract": _merging(),
    "Dot": Sample({"axes": (2, 1)}, {"dense": [floats(3, 2, 4), floats(3, 4, 5)]}),
    "Lambda": Sample(
        {"function": kg.square},
        {"dense": floats(3, 4), "ragged": ragged(4), "sparse": sparse(3, 4)},
    ),
    "Masking": Sample({"mask_value": 0.5}, {"dense": floats(2, 5, 3)}),
    "Permute": Sample({"dims": (2, 1)}, {"dense": floats(3, 2, 4), "sparse": stored(3, 2, 4)}),
    "RepeatVector": Sample({"n": 3}, {"dense": floats(3, 4)}),
    "ActivityRegularization": _elementwise(l1=0.5),
    "Cropping1D": Sample({"cropping": (2, 1)}, {"dense": floats(3, 5, 2)}),
    "ELU": _elementwise(alpha=0.5),
    "PReLU": Sample(
        {"alpha_initializer": "glorot_uniform", "shared_axes": 1},
        {"dense": floats(3, 2, 4)},
        {"alpha": (1, 4)},
    ),
    "AlphaDropout": _noise(rate=0.25, seed=3),
    "GaussianDropout": _elementwise(rate=0.25, seed=3),
    "GaussianNoise": _noise(stddev=0.25, seed=3),
    "RMSNormalization": Sample(
        {"epsilon": 0.5}, {"dense": floats(2, 3, 4), "ragged": ragged(4)}, {"scale": (4,)}
    ),
    "SpatialDropout1D": Sample(
        {"rate": 0.25, "seed": 3}, {"dense": floats(3, 2, 4), "ragged": ragged(4)}
    ),
    "TimeDistributed": Sample(
        {"layer": Inner("Dense", {"units": 2, "activation": "relu"})},
        {"dense": floats(3, 2, 4), "ragged": ragged(4)},
        {"kernel": (4, 2), "bias": (2,)},
    ),
    "UnitNormalization": Sample({}, {"dense": floats(3, 2, 4), "ragged": ragged(4)}),
    "Wrapper": Sample(
        {"layer": Inner("Dense", {"units": 2})},
        {"dense": floats(3, 4), "ragged": ragged(4), "sparse": sparse(3, 4)},
        {"kernel": (4, 2), "bias": (2,)},
    ),
    "UpSampling1D": Sample({"size": 3}, {"dense": floats(3, 2, 4)}),
    "ZeroPadding1D": Sample({"padding": (2, 1)}, {"dense": floats(3, 2, 4)}),
}


def layer_classes() -> dict[str, type[Layer]]:
    """Every layer class in the modules of kgraph.layers that is no base of another one there."""
    found: set[type[Layer]] = set()
    for module in pkgutil.iter_modules(kg.layers.__path__, "kgraph.layers."):
        members = vars(importlib.import_module(module.name)).values()
        found |= {item for item in members if isinstance(item, type) and issubclass(item, Layer)}
    bases = {base for cls in found for base in cls.__mro__[1:]}
    concrete = {cls for cls in found if cls not in bases or cls.__name__ in kg.layers.__all__}
    return {cls.__name__: cls for cls in concrete - {Layer}}
