"""The Keras layers, written with ops: they own weights and do no arithmetic of their own."""

from typing import TYPE_CHECKING

from kgraph.layers import activations, initializers
from kgraph.layers.activation import Activation
from kgraph.layers.activity_regularization import ActivityRegularization
from kgraph.layers.alpha_dropout import AlphaDropout
from kgraph.layers.batch_normalization import BatchNormalization
from kgraph.layers.concatenate import Concatenate, concatenate
from kgraph.layers.cropping import Cropping1D
from kgraph.layers.custom_objects import custom_object_scope
from kgraph.layers.dense import Dense
from kgraph.layers.dot import Dot, dot
from kgraph.layers.dropout import Dropout
from kgraph.layers.elu import ELU
from kgraph.layers.embedding import Embedding
from kgraph.layers.flatten import Flatten
from kgraph.layers.gaussian_dropout import GaussianDropout
from kgraph.layers.gaussian_noise import GaussianNoise
from kgraph.layers.global_pooling import GlobalAveragePooling1D, GlobalMaxPooling1D
from kgraph.layers.identity import Identity
from kgraph.layers.input_layer import Input, InputLayer
from kgraph.layers.input_spec import InputSpec
from kgraph.layers.lambda_layer import Lambda
from kgraph.layers.layer import Layer
from kgraph.layers.layer_normalization import LayerNormalization
from kgraph.layers.masking_layer import Masking
from kgraph.layers.merging import (
    Add,
    Average,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
    add,
    average,
    maximum,
    minimum,
    multiply,
    subtract,
)
from kgraph.layers.multi_head_attention import MultiHeadAttention
from kgraph.layers.normalization import Normalization
from kgraph.layers.permute import Permute
from kgraph.layers.prelu import PReLU
from kgraph.layers.relu import LeakyReLU, ReLU
from kgraph.layers.repeat_vector import RepeatVector
from kgraph.layers.rescaling import Rescaling
from kgraph.layers.reshape import Reshape
from kgraph.layers.rms_normalization import RMSNormalization
from kgraph.layers.serialization import deserialize, serialize
from kgraph.layers.softmax import Softmax
from kgraph.layers.spatial_dropout import SpatialDropout1D
from kgraph.layers.time_distributed import TimeDistributed
from kgraph.layers.unit_normalization import UnitNormalization
from kgraph.layers.up_sampling import UpSampling1D
from kgraph.layers.wrapper import Wrapper
from kgraph.layers.zero_padding import ZeroPadding1D
from kgraph.types.calling import checked_functions as _checked_functions
from kgraph.types.names import no_such_name as _no_such_name

GlobalAvgPool1D = GlobalAveragePooling1D
GlobalMaxPool1D = GlobalMaxPooling1D

__all__ = [
    "ELU",
    "Activation",
    "ActivityRegularization",
    "Add",
    "AlphaDropout",
    "Average",
    "BatchNormalization",
    "Concatenate",
    "Cropping1D",
    "Dense",
    "Dot",
    "Dropout",
    "Embedding",
    "Flatten",
    "GaussianDropout",
    "GaussianNoise",
    "GlobalAveragePooling1D",
    "GlobalAvgPool1D",
    "GlobalMaxPool1D",
    "GlobalMaxPooling1D",
    "Identity",
    "Input",
    "InputLayer",
    "InputSpec",
    "Lambda",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "Masking",
    "Maximum",
    "Minimum",
    "MultiHeadAttention",
    "Multiply",
    "Normalization",
    "PReLU",
    "Permute",
    "RMSNormalization",
    "ReLU",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "Softmax",
    "SpatialDropout1D",
    "Subtract",
    "TimeDistributed",
    "UnitNormalization",
    "UpSampling1D",
    "Wrapper",
    "ZeroPadding1D",
    "activations",
    "add",
    "average",
    "concatenate",
    "custom_object_scope",
    "deserialize",
    "dot",
    "initializers",
    "maximum",
    "minimum",
    "multiply",
    "serialize",
    "subtract",
]

_checked_functions(globals(), __all__)

if not TYPE_CHECKING:  # a checker knows every name that is here

    def __getattr__(name):
        raise _no_such_name(__name__, name, __all__)
