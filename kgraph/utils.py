"""Small things that Keras keeps in ``keras.utils``."""

import random as _random

import numpy as _np

from kgraph.graph.naming import clear_session
from kgraph.layers.initializer import set_seed as _set_seed
from kgraph.models.plotting import plot_model
from kgraph.saving import (
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    serialize_keras_object,
)
from kgraph.types.calling import checked

__all__ = [
    "CustomObjectScope",
    "clear_session",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "plot_model",
    "register_keras_serializable",
    "serialize_keras_object",
    "set_random_seed",
]


@checked
def set_random_seed(seed: int) -> None:
    """Start all generators anew: those of initializers and Dropout, Python's, and NumPy's.

    Source    keras.utils.set_random_seed

    >>> import kgraph as kg
    >>> set_random_seed(3)
    >>> first = kg.initializers.GlorotUniform()((2, 2))
    >>> set_random_seed(3)
    >>> bool((kg.initializers.GlorotUniform()((2, 2)) == first).all())
    True
    """
    _random.seed(seed)
    _np.random.seed(seed)  # noqa: NPY002 - the one that Keras code draws from
    _set_seed(seed)
