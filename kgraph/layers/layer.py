"""Layer: weights, and a ``call`` written with ops."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from kgraph.graph.blame import refuse_arguments
from kgraph.graph.keras_tensor import KerasTensor, Node
from kgraph.graph.masks import Mask
from kgraph.graph.naming import snake_case, unique_name
from kgraph.graph.scope import is_training, scope, training_phase
from kgraph.graph.source import user_line
from kgraph.layers import initializers, masking
from kgraph.layers.abstract_call import forget
from kgraph.layers.complaints import (
    blame_layer,
    check_weight_keywords,
    refuse_keywords,
    require_result,
    weight_shape,
)
from kgraph.layers.layer_facts import LayerFacts
from kgraph.layers.tracking import held, weights_of
from kgraph.ops.operands import as_operand, find_recorder, type_of
from kgraph.types import tree
from kgraph.types.calling import checked, checked_methods, misfit
from kgraph.types.composite import is_composite
from kgraph.types.csr import CSR
from kgraph.types.dtypes import as_dtype, default_float, is_float
from kgraph.types.errors import (
    KGraphAttributeError,
    KGraphTypeError,
    KGraphValueError,
    message,
)
from kgraph.types.operators import OPS
from kgraph.types.variable import Variable


@checked_methods(but=("attempt", "call_with_masks"))
class Layer(LayerFacts):
    """Base of all layers: a callable that owns weights.

    Subclasses write ``call`` with ops (and ``build``, if weights depend on the input's shape).
    Called with KerasTensors a layer extends the graph; called with values it computes.

    Args
        name       unique in a model; made from the class name if it is not given
        trainable  whether ``weights`` count as trainable
        dtype      dtype of the weights; floats that come in are cast to it

    Source    keras.layers.Layer

    >>> import kgraph as kg
    >>> class Scale(kg.layers.Layer):
    ...     def build(self, input_shape):
    ...         self.scale = self.add_weight(shape=(input_shape[-1],), initializer="ones")
    ...     def call(self, inputs):
    ...         return inputs * self.scale
    >>> Scale()(kg.Input((3,))).shape
    (None, 3)
    """

    _call_parameters: ClassVar[frozenset[str]]
    supports_masking: bool = False
    """Whether step i of the result comes from step i of the input, so that a mask fits both."""
    main_arguments: ClassVar[int] = 1
    """Of how many arguments ``build`` is told the shapes, and ``call_with_masks`` the masks.

    With more than one, those masks are nested like the tuple of these arguments."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__init__" in cls.__dict__ and cls.__module__.startswith("kgraph."):
            cls.__init__ = checked(cls.__init__)  # type: ignore[method-assign]

    def __init__(
        self, *, name: str | None = None, trainable: bool = True, dtype: Any = None, **kwargs: Any
    ) -> None:
        shape = kwargs.pop("input_shape", None)
        whole = kwargs.pop("batch_input_shape", None)  # as Keras 2 writes it in configs
        shape = shape if whole is None else tuple(whole[1:])
        if kwargs:
            refuse_keywords(type(self), kwargs)
        if name is not None and not isinstance(name, str):
            raise KGraphTypeError(f"a layer's name is a string, got {name!r}")
        self.name = name or self._default_name()
        self.trainable = trainable
        self.dtype = default_float() if dtype is None else as_dtype(_policy_dtype(dtype))
        self.built = False
        self._input_shape_argument = shape
        self._variables: list[Variable] = []
        self._nodes: list[Node] = []

    def _default_name(self) -> str:
        return unique_name(snake_case(type(self).__name__))

    def __setattr__(self, attribute: str, value: Any) -> None:
        if isinstance(value, Variable) and value.path == value.name and "name" in self.__dict__:
            value.path = f"{self.name}/{value.name}"
        super().__setattr__(attribute, value)

    if not TYPE_CHECKING:  # else every misspelt attribute of a layer would be of type Any

        def __getattr__(self, attribute: str) -> Any:
            made = type(self).__name__
            if "_nodes" not in self.__dict__ and not attribute.startswith("__"):
                raise KGraphAttributeError(
                    message(
                        f"{made} has no {attribute!r} yet: its `__init__` did not call that of "
                        "its base class",
                        hint="begin `__init__` with super().__init__(**kwargs)",
                    )
                )
            if hasattr(type(self), attribute):  # a property whose own error is the answer
                return object.__getattribute__(self, attribute)
            raise KGraphAttributeError(f"{made!r} object has no attribute {attribute!r}")

    # -- weights ---------------------------------------------------------------------------------

    def add_weight(
        self,
        shape: Any = (),
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> Variable:
        """Create a weight that belongs to this layer.

        Args
            shape        sizes, all known; an int means a 1-tuple
            initializer  name, object or function; ``glorot_uniform`` for floats, else zeros
            dtype        the layer's, if it is not given
            name         ``variable`` if it is not given
            **kwargs     what Keras takes for training alone (regularizer, constraint, …): ignored

        Errors    ValueError if ``shape`` is not fully known; TypeError for unknown keywords
        """
        found = weight_shape(self.name, name, shape)
        check_weight_keywords(self.name, kwargs)
        kind = as_dtype(dtype or self.dtype)
        if initializer is None:
            initializer = "glorot_uniform" if is_float(kind) else "zeros"
        made = initializers.get(initializer)(found, kind)
        variable = Variable(made, name=name or "variable", trainable=trainable)
        variable.path = f"{self.name}/{variable.name}"
        self._variables.append(variable)
        return variable

    def own_variables(self) -> list[Variable]:
        """The weights this layer holds itself: made by ``add_weight``, or set as attributes."""
        return [*self._variables, *held(self, Variable)]

    def inner_layers(self) -> list[Layer]:
        """The layers this one holds, in attributes or in lists, tuples and dicts of them."""
        return held(self, Layer)

    @property
    def weights(self) -> list[Variable]:
        """All weights, trainable ones of this layer first, then those of the layers inside."""
        return weights_of(self)

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that training would change."""
        return weights_of(self, only_trainable=True)

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that training would leave alone."""
        trainable = {id(v) for v in self.trainable_weights}
        return [v for v in self.weights if id(v) not in trainable]

    variables = weights
    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all weights, in the order of ``weights``."""
        return [np.array(variable.value) for variable in self.weights]

    def set_weights(self, weights: Any) -> None:
        """Assign all weights, in the order of ``weights``.

        Errors    ValueError if their number or a shape differs; nothing is assigned then
        """
        variables, arrays = self.weights, [np.asarray(value) for value in weights]
        if len(arrays) != len(variables):
            raise KGraphValueError(
                message(
                    f"set_weights: layer {self.name!r} has another number of weights",
                    received=str(len(arrays)),
                    expected=f"{len(variables)}: " + ", ".join(v.path for v in variables),
                )
            )
        for variable, array in zip(variables, arrays, strict=True):
            if variable.shape != array.shape:
                raise KGraphValueError(
                    message(
                        f"set_weights: weight {variable.path!r} has another shape",
                        received=str(array.shape),
                        expected=str(variable.shape),
                    )
                )
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)

    def count_params(self) -> int:
        """Number of scalars in all weights."""
        return int(sum(np.prod(v.shape, dtype=np.int64) for v in self.weights))

    # -- calling ----------------------------------------------------------------------------------

    def build(self, input_shape: Any) -> None:
        """Create the weights; ``input_shape`` is the shape of the input, None where unknown."""
        self.built = True

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """What the layer computes, written with ops."""
        raise KGraphTypeError(
            message(
                f"{type(self).__name__} has no `call`",
                hint="define call(self, inputs), written with ops, and return the result",
            )
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not args:
            args, kwargs = self._inputs_first(kwargs)
        leaves = tree.flatten((args, kwargs))
        if any(isinstance(leaf, KerasTensor) for leaf in leaves):
            return self._call_symbolic(args, kwargs)
        if find_recorder([leaf for leaf in leaves if leaf is not None]) is None:
            args = tuple(tree.map_leaves(self._as_value, arg) for arg in args)
        return self.attempt(args, kwargs)

    def _inputs_first(self, kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Arguments with the inputs by position, of a call that names them: ``layer(inputs=x)``."""
        first = next(iter(inspect.signature(self.call).parameters), None)
        if first not in kwargs:
            wrong = misfit(self.call, f"calling layer {self.name!r}", (), kwargs, user_line())
            if wrong is not None:
                raise wrong
            return (), kwargs
        return (kwargs[first],), {key: kwargs[key] for key in kwargs if key != first}

    def _as_value(self, leaf: Any) -> Any:
        return leaf if leaf is None else as_operand(leaf, self.name)

    def _call_symbolic(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        args = tuple(tree.map_leaves(self._as_value, arg) for arg in args)
        abstract = tuple(tree.map_leaves(forget, arg) for arg in args)
        options = {key: tree.map_leaves(forget, value) for key, value in kwargs.items()}
        count = self.main_arguments
        masks = masking.forget_masks(args[0] if count == 1 else args[:count]) if args else None
        result, made_masks = self.call_with_masks(abstract, options, masks, self.attempt)
        node = Node(self, self.name, args, kwargs, user_line())
        made = node.make_outputs(tree.map_leaves(type_of, result))
        self._nodes.append(node)
        masking.hang_masks(self, node, made_masks)
        return made

    def call_with_masks(
        self,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        masks: Any,
        call: Callable[[tuple[Any, ...], Mapping[str, Any]], Any] | None = None,
    ) -> tuple[Any, list[Mask | None]]:
        """The result for arguments of which the first has masks, and the masks of that result.

        ``call`` is what computes the result, if not the layer as a whole.
        """
        return masking.call_with_masks(self, call or self._as_a_whole, args, kwargs, masks)

    def _as_a_whole(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        return self(*args, **kwargs)

    def uses_masks(self) -> bool:
        """Whether the result depends on the mask of the input, or the layer makes its own of it."""
        return self._takes("mask") or self.makes_masks()

    def makes_masks(self) -> bool:
        """Whether the layer has a word of its own on the mask of its result."""
        return type(self).compute_mask is not Layer.compute_mask

    def attempt(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Build if need be, and run ``call``; errors are told which layer they happened in."""
        try:
            self._build_for(args)
            result = self._run(args, kwargs)
            require_result(self, result)
        except Exception as error:
            blame_layer(error, self)
            raise
        return result

    @classmethod
    def _takes(cls, option: str) -> bool:
        """Has ``call`` an argument of this name?"""
        if "_call_parameters" not in cls.__dict__:  # read at the first call: it takes 30 us
            parameters = inspect.signature(cls.call).parameters
            any_name = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
            cls._call_parameters = frozenset([*parameters, *(["**"] if any_name else [])])
        return option in cls._call_parameters

    def _build_for(self, args: tuple[Any, ...]) -> None:
        if self.built:
            return
        told = args[: self.main_arguments]
        shapes = [tree.map_leaves(lambda x: type_of(x).shape, arg) for arg in told]
        with scope(self.name):
            self.build(*(shapes or [None]))  # a layer may compute from its weights alone
        self.built = True

    def _run(self, args: Any, kwargs: Mapping[str, Any]) -> Any:
        options = dict(kwargs)
        training = options.get("training")
        if self._takes("training"):
            options["training"] = is_training() if training is None else training
        else:
            options.pop("training", None)
        if options.get("mask") is None:
            options.pop("mask", None)
        unknown = [name for name in options if not self._takes(name)]
        if unknown and not self._takes("**"):
            takes = sorted({*self._call_parameters, "training", "mask"} - {"self"})
            refuse_arguments(f"calling layer {self.name!r}", unknown, takes)
        args = tree.map_leaves(self._autocast, args)
        with scope(self.name), training_phase(is_training() if training is None else training):
            try:
                return self.call(*args, **options)
            except TypeError as error:
                if error.__traceback__.tb_next is not None:  # type: ignore[union-attr]
                    raise  # it came from inside: the call did fit
                wrong = misfit(self.call, f"calling layer {self.name!r}", args, options, "")
                raise wrong or error from None

    def _autocast(self, leaf: Any) -> Any:
        if is_composite(leaf):
            return leaf
        dtype = getattr(leaf.data if isinstance(leaf, CSR) else leaf, "dtype", None)
        if dtype is None or not is_float(dtype) or dtype == self.dtype or not is_float(self.dtype):
            return leaf
        return OPS["cast"](leaf, self.dtype)

    # -- configuration ----------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """What is needed to make the layer anew, as JSON-able values."""
        return {"name": self.name, "trainable": self.trainable, "dtype": self.dtype.name}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Layer:
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _policy_dtype(dtype: Any) -> Any:
    """The dtype in a Keras 3 policy dict, or what was given."""
    if isinstance(dtype, Mapping):
        return dtype.get("config", {}).get("name", "float32")
    return dtype
