"""``plot_model``: the layers of a model as a picture."""

from __future__ import annotations

import os
from typing import Any

from kgraph.drawing.diagram import require_direction
from kgraph.drawing.drawing import Drawing
from kgraph.graph.blame import refuse_arguments
from kgraph.models.model import Model
from kgraph.models.model_diagram import Shown, diagram_of
from kgraph.types.errors import KGraphTypeError, KGraphValueError, message

_ARGUMENTS = (
    "model", "to_file", "show_shapes", "show_dtype", "show_layer_names", "rankdir",
    "expand_nested", "dpi", "show_layer_activations", "show_trainable",
    "splines",
)  # fmt: skip


def plot_model(
    model: Any,
    to_file: str | os.PathLike[str] | None = "model.svg",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
    **unknown: Any,
) -> Drawing:
    """Draw the layers of a model, and what flows between them; notebooks show the result.

    Each box says whether dense, sparse or ragged values leave it, and has a colour for that.  A
    layer that is called more than once is one box with the arrows of all its calls.

    Args
        model                   a functional Model, or a Sequential or subclass that is built
        to_file                 where to write it: ``.svg`` or ``.dot``; ``.png`` and ``.pdf`` need
                                the program ``dot``; None writes nothing
        show_shapes             the shapes of inputs and outputs
        show_dtype              the dtypes of the outputs
        show_layer_names        the names of layers beside their classes
        rankdir                 "TB" from top to bottom, "LR" from left to right, "BT" or "RL"
        expand_nested           the layers of the models inside, in a frame for each
        dpi                     dots per inch of a ``.png``
        show_layer_activations  the activations of layers that have one
        show_trainable          which layers are trainable, of those with weights
        splines                 how ``dot`` draws arrows; kgraph's own ``.svg`` has one way

    Errors    TypeError for what is no Model; ValueError for a model that is not built, an unknown
              direction, and a file of another kind
    Source    keras.utils.plot_model

    >>> import kgraph as kg
    >>> x = kg.Input((None,), ragged=True, name="ids", dtype="int64")
    >>> words = kg.layers.Embedding(100, 8)(x)
    >>> model = kg.Model(x, kg.layers.GlobalAveragePooling1D()(words), name="bag")
    >>> drawing = plot_model(model, to_file=None, show_shapes=True)
    >>> [box.lines for box in drawing.diagram.boxes][1]
    ('ragged', 'input: (None, None)', 'output: (None, None, 8)')
    """
    if unknown:
        refuse_arguments("plot_model", unknown, _ARGUMENTS)
    if not isinstance(model, Model):
        raise KGraphTypeError(
            message(
                "plot_model: this is no model",
                received=f"{model!r} of type {type(model).__name__}",
                expected="a Model or a Sequential",
                hint="it has a `plot` of its own" if hasattr(model, "plot") else None,
            )
        )
    require_direction("plot_model", "rankdir", rankdir)
    if not model.built:
        raise KGraphValueError(
            message(
                f"plot_model: model {model.name!r} is not built, so it has no graph yet",
                hint="call it on a batch, call `build(input_shape)`, or let it begin with an Input",
            )
        )
    shown = Shown(
        shapes=show_shapes,
        dtype=show_dtype,
        layer_names=show_layer_names,
        layer_activations=show_layer_activations,
        trainable=show_trainable,
        expand_nested=expand_nested,
    )
    drawing = Drawing(diagram_of(model, shown, rankdir), splines)
    if to_file is not None:
        drawing.save(to_file, dpi)
    return drawing
