"""What is drawn: boxes with text, clusters of boxes, and arrows from box to box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kgraph.types.errors import KGraphValueError, did_you_mean, message

DIRECTIONS = ("TB", "BT", "LR", "RL")


@dataclass(frozen=True)
class Box:
    """A box: a title, lines below it, and the cluster it lies in.

    ``kind`` chooses its colours, see ``COLOURS``; keys are unique among boxes and clusters.
    """

    key: str
    title: str
    lines: tuple[str, ...] = ()
    kind: str = "plain"
    cluster: str | None = None


@dataclass(frozen=True)
class Cluster:
    """A frame with a title around boxes and other clusters; ``parent`` is the one it lies in."""

    key: str
    title: str
    parent: str | None = None


@dataclass(frozen=True)
class Arrow:
    """From the box called ``tail`` to the one called ``head``."""

    tail: str
    head: str


@dataclass(frozen=True)
class Colours:
    fill: str
    stroke: str


COLOURS = {
    "plain": Colours("#f4f4f5", "#71717a"),
    "input": Colours("#ffffff", "#18181b"),
    "dense": Colours("#dbeafe", "#2563eb"),
    "sparse": Colours("#ffedd5", "#c2410c"),
    "ragged": Colours("#dcfce7", "#15803d"),
    "extension": Colours("#f3e8ff", "#7e22ce"),
    "host": Colours("#fef9c3", "#a16207"),
}


@dataclass(frozen=True)
class Diagram:
    """A graph to draw; arrows go with ``direction``: to the bottom (``TB``), the right (``LR``), …

    Boxes and clusters come in the order in which they should stand where nothing else decides.
    """

    name: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    direction: str = "TB"

    @staticmethod
    def of(
        name: str,
        boxes: Sequence[Box],
        arrows: Sequence[Arrow],
        clusters: Sequence[Cluster] = (),
        direction: str = "TB",
    ) -> Diagram:
        """The diagram with each arrow once."""
        once = tuple(dict.fromkeys(arrows))
        return Diagram(name, tuple(boxes), once, tuple(clusters), direction)


def require_direction(function: str, argument: str, direction: str) -> None:
    """Refuse what is no direction."""
    if direction not in DIRECTIONS:
        raise KGraphValueError(
            message(
                f"{function}: this is no direction to draw in",
                received=f"{argument}={direction!r}",
                expected=", ".join(map(repr, DIRECTIONS)),
                hint=did_you_mean(str(direction).upper(), DIRECTIONS),
            )
        )
