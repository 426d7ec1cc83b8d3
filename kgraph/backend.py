"""Settings where Keras code looks for them: ``keras.backend`` and ``keras.config``."""

from kgraph.graph.naming import clear_session
from kgraph.layers.functions import enable_unsafe_deserialization
from kgraph.types.dtypes import floatx, set_floatx

__all__ = [
    "backend",
    "clear_session",
    "enable_unsafe_deserialization",
    "epsilon",
    "floatx",
    "image_data_format",
    "set_floatx",
]


def backend() -> str:
    """The name of what computes.

    >>> backend()
    'kgraph'
    """
    return "kgraph"


def epsilon() -> float:
    """The small number of Keras, 1e-7.

    >>> epsilon()
    1e-07
    """
    return 1e-7


def image_data_format() -> str:
    """Where the channels of images stand: last.

    >>> image_data_format()
    'channels_last'
    """
    return "channels_last"
