"""Model: a graph of layers that is itself a layer, and that is compiled when it is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from kgraph.graph.blame import refuse_unknown
from kgraph.graph.function import Function, call_operation
from kgraph.graph.masks import Mask
from kgraph.graph.scope import current_line, is_training, scope, training_phase
from kgraph.graph.source import user_line
from kgraph.layers.layer import Layer
from kgraph.layers.masking import constant_masks
from kgraph.layers.serialization import serialize
from kgraph.models.feeding import as_value, conform, match
from kgraph.models.graph_view import GraphView
from kgraph.models.topology import Topology
from kgraph.models.training import WithoutTraining
from kgraph.models.versions import variables_of, versions_of
from kgraph.ops.operands import find_recorder
from kgraph.types import tree
from kgraph.types.calling import checked_methods, misfit
from kgraph.types.errors import (
    KGraphTypeError,
    KGraphValueError,
    RandomDrawError,
    message,
)
from kgraph.types.variable import EPOCH, Variable

# What draws and calls a model stands above.  Configs, summaries and `predict` bring their own
# modules along when they are first used: `import kgraph` does not wait for those.

# A model that is called by a layer or graph which is itself being computed op by op is computed
# so too.  Asked at each call, and bound here: 0.1 us less than through functions.
_ndarray = np.ndarray


class Executable(Protocol):
    """What the runtime makes of a function."""

    def __call__(self, *values: Any) -> Any: ...

    def call_with(self, inputs: Any) -> Any: ...

    @property
    def variables(self) -> list[Variable]: ...


def _executor(function: Function, name: str) -> Executable:
    """The one way from models down to the compiler."""
    from kgraph.runtime.compiled import compile_function

    compiled: Executable = compile_function(function, name=name)
    return compiled


def _without(variables: list[Variable], known: list[Variable]) -> list[Variable]:
    listed = {id(variable) for variable in known}
    return [variable for variable in variables if id(variable) not in listed]


@checked_methods()
class Model(GraphView, WithoutTraining, Layer):
    """The graph that leads from ``inputs`` to ``outputs``, callable as one layer.

    Called with KerasTensors a model extends their graph; called with values it is compiled, once,
    and runs.  A subclass with a ``call`` of its own computes eagerly, as any layer does.

    Args
        inputs   KerasTensors in any nesting of lists, tuples and dicts; what another layer returned
                 may be an input: the graph before it is cut off
        outputs  KerasTensors, likewise; a list of one stands for its only item
        name     ``model``, ``model_1``, … if it is not given

    Shapes    those of ``inputs`` and ``outputs``
    Edges     a batch without rows gives results without rows
    Errors    TypeError for what is not a KerasTensor; ValueError for outputs that need more than
              ``inputs``, and for two layers of one name
    Source    keras.Model

    >>> import kgraph as kg
    >>> x = kg.Input(shape=(2,))
    >>> model = kg.Model(x, kg.square(x))
    >>> model(np.array([[1.0, 3.0]], "float32"))
    array([[1., 9.]], dtype=float32)
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "call" in cls.__dict__ and "__call__" not in cls.__dict__:
            cls.__call__ = Layer.__call__  # type: ignore[method-assign]

    def __init__(
        self,
        inputs: Any = None,
        outputs: Any = None,
        name: str | None = None,
        *,
        input: Any = None,
        output: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self._layers: list[Layer] = []
        self._compiled: Executable | None = None
        self._epoch = -1  # of the variables, when `_compiled` was known to be up to date
        self._versions: list[int] = []
        self._draws = False  # at random, at each call: then it is not compiled
        self._others: list[Variable] = []  # what the graph reads and no layer in it holds
        self._function: Function | None = None
        self._topology: Topology | None = None
        for one, other, key in ((input, inputs, "input"), (output, outputs, "output")):
            if one is not None and other is not None:
                raise KGraphValueError(f"Model: give `{key}s` or `{key}`, not both")
        inputs = input if inputs is None else inputs
        outputs = output if outputs is None else outputs
        if (inputs is None) != (outputs is None):
            missing = "outputs" if outputs is None else "inputs"
            raise KGraphValueError(f"Model: `{missing}` is missing; give both inputs and outputs")
        if inputs is not None:
            self._set_graph(inputs, outputs)

    def _set_graph(self, inputs: Any, outputs: Any) -> None:
        if isinstance(outputs, list) and len(outputs) == 1:
            outputs = outputs[0]  # as Keras: one output is not wrapped
        self._adopt(Function(inputs, outputs, self.name))

    def _adopt(self, function: Function | None) -> None:
        """Take over a graph, or let it go; what was compiled is forgotten."""
        self._function = function
        self._topology = None if function is None else Topology(function)
        self._layers = [] if self._topology is None else self._topology.layers
        self._compiled, self._epoch, self._others, self._draws = None, -1, [], False
        self.built = function is not None

    # -- the graph -------------------------------------------------------------------------------

    @property
    def has_graph(self) -> bool:
        """Is the model computed by its graph, rather than by a ``call`` of its own?"""
        return type(self).__call__ is not Layer.__call__

    @property
    def function(self) -> Function:
        """The graph; only a model made from inputs and outputs has one."""
        if self._function is None:
            raise AttributeError(
                f"{type(self).__name__} {self.name!r} has no graph: it was not made from "
                "inputs and outputs"
            )
        return self._function

    @property
    def topology(self) -> Topology:
        """The layers and calls of the graph in the order of Keras."""
        function = self.function
        if self._topology is None:
            self._topology = Topology(function)
        return self._topology

    # -- weights ---------------------------------------------------------------------------------

    @property
    def trainable(self) -> bool:
        """Whether weights count as trainable; setting it sets it in all layers inside."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        if "_layers" in self.__dict__:
            for layer in self.inner_layers():
                layer.trainable = bool(value)

    def count_params(self) -> int:
        """Number of scalars in all weights.

        Errors    ValueError if the weights are not there yet
        """
        if not self.built:
            raise KGraphValueError(
                f"You tried to call `count_params` on model {self.name!r}, but it is not built. "
                "Call it on data first, or give it an Input."
            )
        return super().count_params()

    # -- calling ---------------------------------------------------------------------------------

    def __call__(
        self,
        inputs: Any = None,
        training: bool | None = None,
        mask: Any = None,
        *more: Any,
        **unknown: Any,
    ) -> Any:
        """Extend the graph of symbolic ``inputs``, or compute on values.

        Args
            inputs    nested like ``input``; a dict by the names of the inputs; a list in order;
                      an Input that is optional or was made of a value may be None or, in a
                      dict, missing
            training  True computes op by op, with Dropout and batch statistics at work
            mask      of the inputs, nested like them, None for none; computes op by op.  Symbolic
                      inputs bring theirs along

        Errors    ValueError or TypeError, naming the input, for what does not fit it
        """
        if (
            type(inputs) is _ndarray
            and EPOCH.number == self._epoch
            and training is None
            and mask is None
            and not more
            and not unknown
            and not (is_training() or current_line())
        ):
            return self._compiled(inputs)  # type: ignore[misc]
        if more or unknown:
            self._refuse_call((inputs, training, mask, *more), unknown)
        if training is not None:
            self._check_training(training)
        self.prepare(inputs)
        if find_recorder(tree.flatten(inputs)) is not None:
            return Layer.__call__(self, inputs, training=training, mask=mask)
        if training or mask is not None or self._draws or is_training() or current_line():
            training = is_training() if training is None else training
            return self._call_eagerly(inputs, training, mask)
        try:
            compiled = self._up_to_date()
        except RandomDrawError:
            self._draws = True
            return self._call_eagerly(inputs, False, mask)
        return compiled.call_with(inputs)

    def _refuse_call(self, args: tuple[Any, ...], unknown: Mapping[str, Any]) -> None:
        def takes(inputs: Any = None, training: Any = None, mask: Any = None) -> None: ...

        wrong = misfit(takes, f"calling model {self.name!r}", args, unknown, user_line())
        if wrong is not None:
            raise wrong

    def _check_training(self, training: Any) -> None:
        if isinstance(training, bool | int | np.bool_):
            return
        raise KGraphTypeError(
            message(
                f"model {self.name!r}: the second argument is `training`, True or False",
                where=user_line(),
                received=f"a value of type {type(training).__name__}",
                hint="several inputs stand in one list or dict: model([x, y])",
            )
        )

    def prepare(self, inputs: Any) -> None:
        """What a model must know before it can be called; a Sequential may still need a shape."""
        if self._function is None:
            raise KGraphTypeError(
                f"Model {type(self).__name__} does not have a `call()` method implemented."
            )

    def _up_to_date(self) -> Executable:
        """The compiled graph, with the weights as they are now."""
        if self._compiled is None or self._epoch != EPOCH.number:
            epoch, held = EPOCH.number, variables_of(self)
            versions = versions_of([*held, *self._others])
            if self._compiled is None or versions != self._versions:
                versions = versions_of(held)
                self._compiled = _executor(self.function, self.name)
                self._others = _without(self._compiled.variables, held)
                # what was assigned while it compiled is found out at the next call
                moved = EPOCH.number != epoch
                versions += [-1 if moved else variable.version for variable in self._others]
            self._versions, self._epoch = versions, epoch
        return self._compiled

    def _call_eagerly(self, inputs: Any, training: bool, mask: Any = None) -> Any:
        tensors = self.inputs
        given = match(self.input, tensors, inputs, self.name)
        values = [as_value(value, x) for value, x in zip(given, tensors, strict=True)]
        with scope(self.name), training_phase(training):
            return self.call(tree.pack_like(self.input, values), mask)

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Replay the graph on values of any kind."""
        return self.replay(inputs, constant_masks(mask))[0]

    def replay(self, inputs: Any, masks: Any) -> tuple[Any, list[Mask | None]]:
        """Replay the graph on values with masks: the results, and the masks of each of them."""
        function = self.function
        given = match(self.input, function.inputs, inputs, self.name)
        pairs = zip(given, function.inputs, strict=True)
        values = [conform(value, x, self.name) for value, x in pairs]
        ordered: list[Mask | None] = []
        if masks is not None:
            from kgraph.models.masks import in_order

            ordered = in_order(self, masks)
        results, made = function.replay_with_masks(values, call_operation, ordered)
        return tree.pack_like(function.outputs_structure, results), made

    def call_with_masks(
        self,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        masks: Any,
        call: Callable[[tuple[Any, ...], Mapping[str, Any]], Any] | None = None,
    ) -> tuple[Any, list[Mask | None]]:
        if type(self).__call__ is not Model.__call__:
            return super().call_with_masks(args, kwargs, masks, call)
        from kgraph.models.masks import call_graph

        return call_graph(self, args, kwargs, masks)

    def uses_masks(self) -> bool:
        from kgraph.models.masks import uses_masks

        return uses_masks(self) if self.has_graph else super().uses_masks()

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The masks of the outputs, as the layers inside make them and hand them on."""
        if not self.has_graph:
            return super().compute_mask(inputs, mask)
        from kgraph.models.masks import output_masks

        return output_masks(self, inputs, mask)

    def _autocast(self, leaf: Any) -> Any:
        return leaf  # each Input has a dtype of its own

    # -- running over data -----------------------------------------------------------------------

    def predict(
        self,
        x: Any = None,
        batch_size: int | None = 32,
        verbose: str | int = "auto",
        steps: int | None = None,
        callbacks: Any = None,
        **unknown: Any,
    ) -> Any:
        """Run over the rows of ``x`` in batches and join the results.

        Args
            x           nested like ``input``: arrays, ``scipy.sparse`` matrices, ragged rows; None
                        for an Input made of a value, which is fed then
            batch_size  rows at a time; None takes all at once
            verbose     0 silent, 1 a progress line on stderr, 2 one line at the end; "auto" shows
                        progress on a terminal once it has taken a second
            steps       stop after so many batches

        Shapes    (n, ...)  ->  what the graph gives for n rows
        Edges     no rows give results without rows; the result of a row does not depend on the
                  batch it came in
        Errors    ValueError for inputs of different lengths, or ``batch_size`` below 1
        Source    keras.Model.predict

        >>> import kgraph as kg
        >>> x = kg.Input(shape=(1,))
        >>> kg.Model(x, x * 2.0).predict(np.ones((3, 1), "float32"), verbose=0).shape
        (3, 1)
        """
        from kgraph.models import batches

        if callbacks is not None or unknown:
            batches.refuse_options(unknown)

        return batches.predict(self, x, batch_size, verbose, steps)

    def predict_on_batch(self, x: Any) -> Any:
        """Run ``x`` as one batch."""
        return self(x)

    # -- looking, saving, copying -----------------------------------------------------------------

    def summary(
        self,
        line_length: int | None = None,
        positions: Sequence[float] | None = None,
        print_fn: Callable[[str], object] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Sequence[str] | None = None,
    ) -> None:
        """Print a table of the layers: kind, output shape, weights, and what feeds them.

        On a terminal ``rich`` draws it in colour, if that is installed; in a log it is plain text.

        Args
            line_length     width in characters; as wide as the content, at most 100, if not given
            positions       where each column ends, in shares of the line or in characters
            print_fn        called with each line of plain text
            expand_nested   also list the layers of the models inside
            show_trainable  add a column that says which layers are trainable
            layer_range     names of the first and the last layer to list, or patterns for them

        Errors    ValueError for ``positions`` of other columns, and for layers that are not there
        Source    keras.Model.summary
        """
        from kgraph.models import summarize, summary_rich

        table = summarize.table_of(self, expand_nested, show_trainable, layer_range)
        plain = print_fn is not None or line_length is not None or positions is not None
        if not plain and summary_rich.is_wanted():
            summary_rich.draw(*table)
            return
        for line in summarize.lines_of(table, line_length, positions):
            (print_fn or print)(line)

    def get_config(self) -> dict[str, Any]:
        """The graph, without the weights, as JSON-able values: what ``from_config`` takes.

        Errors    TypeError for a subclass that says nothing of how it is made
        """
        from kgraph.models import graph_config

        return graph_config.graph_config(self)

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Model:
        """A model of the same graph with new weights.

        Errors    ValueError for a layer of an unknown class: name it in ``custom_objects``
        """
        from kgraph.models import graph_config

        return graph_config.model_from_graph_config(cls, config, custom_objects)

    def to_json(self, **kwargs: Any) -> str:
        """``get_config`` as JSON text; ``kwargs`` go to ``json.dumps``.

        Errors    TypeError for what ``json.dumps`` does not take
        """
        import json

        refuse_unknown("to_json", kwargs, json.dumps, json.JSONEncoder)
        return json.dumps(serialize(self), **kwargs)

    def __reduce__(self) -> Any:
        from kgraph.models import copying

        return copying.reduce_model(self) or super().__reduce__()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_compiled": None, "_epoch": -1, "_others": []}
