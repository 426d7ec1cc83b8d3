"""``summary``: tables that a person reads; the texts are the specification."""

from __future__ import annotations

from io import StringIO

import pytest

import kgraph as kg
from kgraph.models import summary_rich

la = kg.layers


def text(model: kg.Model, **options: object) -> str:
    lines: list[str] = []
    model.summary(print_fn=lines.append, **options)  # type: ignore[arg-type]
    return "\n".join(lines) + "\n"


def two_towers() -> kg.Model:
    words = kg.Input(shape=(None,), ragged=True, name="words", dtype="int32")
    clicks = kg.Input(shape=(1000,), sparse=True, name="clicks")
    left = la.Dense(8, name="taste")(clicks)
    right = la.Embedding(50, 8, name="embed")(words)
    pooled = la.GlobalAveragePooling1D(name="pool")(right)
    return kg.Model([words, clicks], la.Dense(1, name="score")(left * pooled), name="towers")


def chain() -> kg.Model:
    layers = [kg.Input(shape=(4,)), la.Dense(3, name="first"), la.Dense(2, name="second")]
    model = kg.Sequential(layers, name="chain")
    model.layers[0].trainable = False
    return model


def shared_tower() -> kg.Model:
    u = kg.Input(shape=(4,), name="u")
    inner = kg.Model(u, la.Dense(2, name="dense")(u), name="inner")
    a, b = kg.Input(shape=(4,), name="a"), kg.Input(shape=(4,), name="b")
    return kg.Model([a, b], [inner(a), inner(b)], name="outer")


def long_name() -> kg.Model:
    x = kg.Input(shape=(4,), name="x")
    return kg.Model(x, la.Dense(2, name="a_layer_with_quite_a_long_name")(x), name="m")


def test_kinds_shapes_weights_and_connections() -> None:
    kg.clear_session()
    assert (
        text(two_towers())
        == """\
Model: "towers"
_____________________________________________________________________________
Layer (type)                   Kind    Output Shape     Param #  Connected to
=============================================================================
words (InputLayer)             ragged  (None, None)     0
clicks (InputLayer)            sparse  (None, 1000)     0
embed (Embedding)              ragged  (None, None, 8)  400      words
taste (Dense)                  dense   (None, 8)        8,008    clicks
pool (GlobalAveragePooling1D)  dense   (None, 8)        0        embed
multiply (op)                  dense   (None, 8)        0        taste, pool
score (Dense)                  dense   (None, 1)        9        multiply
=============================================================================
Total params: 8,417 (32.88 KB)
Trainable params: 8,417 (32.88 KB)
Non-trainable params: 0 (0.00 B)
"""
    )


def test_a_chain_needs_no_connections() -> None:
    assert (
        text(chain(), show_trainable=True)
        == """\
Model: "chain"
_______________________________________________________
Layer (type)    Kind   Output Shape  Param #  Trainable
=======================================================
first (Dense)   dense  (None, 3)     15       no
second (Dense)  dense  (None, 2)     8        yes
=======================================================
Total params: 23 (92.00 B)
Trainable params: 8 (32.00 B)
Non-trainable params: 15 (60.00 B)
"""
    )


def test_a_chain_that_waits_for_its_input() -> None:
    model = kg.Sequential([la.Dense(3, name="first")], name="chain")
    assert (
        text(model)
        == """\
Model: "chain"
__________________________________________
Layer (type)   Kind  Output Shape  Param #
==========================================
first (Dense)  ?     ?             ?
==========================================
Total params: 0 (0.00 B)
Trainable params: 0 (0.00 B)
Non-trainable params: 0 (0.00 B)
"""
    )


def test_models_inside_are_opened_on_request() -> None:
    assert (
        text(shared_tower(), expand_nested=True)
        == """\
Model: "outer"
____________________________________________________________
Layer (type)      Kind   Output Shape  Param #  Connected to
============================================================
a (InputLayer)    dense  (None, 4)     0
b (InputLayer)    dense  (None, 4)     0
inner (Model)     dense  (None, 2)     10       a, b
  u (InputLayer)  dense  (None, 4)     0
  dense (Dense)   dense  (None, 2)     10       u
============================================================
Total params: 10 (40.00 B)
Trainable params: 10 (40.00 B)
Non-trainable params: 0 (0.00 B)
"""
    )


def test_a_short_line_wraps_long_names() -> None:
    lines = text(long_name(), line_length=60)
    assert max(map(len, lines.splitlines())) == 60
    assert (
        lines
        == """\
Model: "m"
____________________________________________________________
Layer (type)      Kind   Output Shape  Param #  Connected to
============================================================
x (InputLayer)    dense  (None, 4)     0
a_layer_with_qui  dense  (None, 2)     10       x
te_a_long_name
(Dense)
============================================================
Total params: 10 (40.00 B)
Trainable params: 10 (40.00 B)
Non-trainable params: 0 (0.00 B)
"""
    )


def test_it_prints_and_returns_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    model = two_towers()
    model.summary()
    assert capsys.readouterr().out == text(model)


def test_a_range_of_layers_is_listed_alone() -> None:
    lines = text(two_towers(), layer_range=["clicks", "embed"]).splitlines()
    names = [line.split()[0] for line in lines[4:-4]]
    whole = [line.split()[0] for line in text(two_towers()).splitlines()[4:-4]]
    assert names == whole[whole.index("clicks") : whole.index("embed") + 1]
    with pytest.raises(ValueError, match=r"(?s)no layer is called 'clcks'.*'clicks'"):
        two_towers().summary(layer_range=["clcks", "embed"])
    with pytest.raises(ValueError, match="length 2"):
        two_towers().summary(layer_range=["clicks"])


def test_positions_say_where_columns_end() -> None:
    lines = text(chain(), line_length=80, positions=[0.4, 0.6, 0.8, 1.0]).splitlines()
    assert [lines[2].index(name) for name in ("Kind", "Output", "Param")] == [32, 48, 64]
    with pytest.raises(ValueError, match="Layer \\(type\\), Kind, Output Shape, Param #"):
        chain().summary(positions=[0.5, 1.0])


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_the_table_of_rich_and_a_log_gets_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[tuple[object, ...]] = []
    monkeypatch.setattr(summary_rich, "find_spec", lambda name: name)
    monkeypatch.setattr(summary_rich, "draw", lambda *table: drawn.append(table))
    for stream, count in ((StringIO(), 0), (Terminal(), 1)):
        monkeypatch.setattr("sys.stdout", stream)
        chain().summary()
        assert len(drawn) == count
        assert ("first (Dense)" in stream.getvalue()) == (count == 0)
    title, head, rows, totals = drawn[0]
    assert (title, len(head), len(rows), len(totals)) == ('Model: "chain"', 4, 2, 3)
