"""What Keras models do that these do not: each says what to do instead."""

from __future__ import annotations

from typing import Any

from kgraph.graph.source import user_line
from kgraph.layers.complaints import refuse_training
from kgraph.types.errors import KGraphTypeError, message


class WithoutTraining:
    """The methods of ``keras.Model`` that train, measure or write files."""

    name: str

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Not there: kgraph does not train.  ``kg.compile(model)`` makes kernels of a model.

        Errors    always a TypeError
        """
        raise KGraphTypeError(
            message(
                f"{self.name!r} has no `compile`: kgraph runs models and does not train them",
                where=user_line(),
                hint="leave it out: a model compiles itself when it is called; "
                "kg.compile(model) gives its kernels by themselves",
            )
        )

    def fit(self, *args: Any, **kwargs: Any) -> None:
        """Not there: kgraph does not train.

        Errors    always a TypeError
        """
        refuse_training(self.name, "fit")

    def train_on_batch(self, *args: Any, **kwargs: Any) -> None:
        """Not there: kgraph does not train.

        Errors    always a TypeError
        """
        refuse_training(self.name, "train_on_batch")

    def evaluate(self, *args: Any, **kwargs: Any) -> None:
        """Not there: losses and metrics belong to training.

        Errors    always a TypeError
        """
        self._refuse_measuring("evaluate")

    def test_on_batch(self, *args: Any, **kwargs: Any) -> None:
        """Not there: losses and metrics belong to training.

        Errors    always a TypeError
        """
        self._refuse_measuring("test_on_batch")

    def _refuse_measuring(self, what: str) -> None:
        raise KGraphTypeError(
            message(
                f"{self.name!r} has no `{what}`: losses and metrics belong to training",
                where=user_line(),
                hint="compare model.predict(x) with the targets, with NumPy or scikit-learn",
            )
        )

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Not there yet: files of models are not written.

        Errors    always a TypeError
        """
        self._refuse_files("save")

    def save_weights(self, *args: Any, **kwargs: Any) -> None:
        """Not there yet: files of weights are not written.

        Errors    always a TypeError
        """
        self._refuse_files("save_weights")

    def load_weights(self, *args: Any, **kwargs: Any) -> None:
        """Not there yet: files of weights are not read.

        Errors    always a TypeError
        """
        self._refuse_files("load_weights")

    def _refuse_files(self, what: str) -> None:
        raise KGraphTypeError(
            message(
                f"{self.name!r} has no `{what}` yet",
                where=user_line(),
                hint="keep model.to_json() and model.get_weights(); kg.models.model_from_json and "
                "set_weights bring them back; or pickle the model",
            )
        )
