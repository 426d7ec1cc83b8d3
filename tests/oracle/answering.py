"""Answers as JSON: one line for each case, to be read in a review.

An array is `{"array": "float32[2, 3]", "values": [...]}`; floats are written so that they read back
bit for bit. Ragged and sparse values hold their parts. A symbol is `{"symbol": "ragged float32",
"shape": [null, null]}`, an error `{"raises": "ValueError"}`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tests.oracle.cases import Ragged
from tests.oracle.cases.answers import Coo, Symbol
from tests.oracle.cases.registry import Array
from tests.tolerances import tolerance

FILE = Path(__file__).parent / "recorded" / "answers.json"
ARRAY = re.compile(r"(\w+)\[([\d, ]*)\]")


def encode(answer: Any) -> Any:
    """An answer as JSON has it."""
    if isinstance(answer, Mapping):
        return {str(key): encode(value) for key, value in answer.items()}
    if isinstance(answer, list | tuple):
        return [encode(value) for value in answer]
    if isinstance(answer, Ragged):
        return {"ragged": encode(answer.flat_values), "splits": encode(list(answer.splits))}
    if isinstance(answer, Coo):
        parts = {"indices": answer.indices.tolist(), "shape": list(answer.shape)}
        return {"sparse": encode(answer.values), **parts}
    if isinstance(answer, Symbol):
        shape = None if answer.shape is None else list(answer.shape)
        return {"symbol": f"{answer.kind} {answer.dtype}", "shape": shape}
    if isinstance(answer, np.ndarray | np.generic):
        return _encode_array(np.asarray(answer))
    assert answer is None or isinstance(answer, str | bool | int | float), type(answer).__name__
    return answer


def _encode_array(array: Array) -> dict[str, Any]:
    if array.dtype.kind in "OSUT":
        assert all(isinstance(item, str | bytes) for item in array.ravel().tolist()), array
        kind, values = "string", [_text(item) for item in array.ravel().tolist()]
    elif array.dtype.kind == "f":
        kind, values = array.dtype.name, [_number(float(item)) for item in array.ravel()]
    else:
        kind, values = array.dtype.name, array.ravel().tolist()
    return {"array": f"{kind}{list(array.shape)}", "values": values}


def _text(item: Any) -> str:
    return item.decode() if isinstance(item, bytes) else str(item)


def _number(item: float) -> float | str:
    """JSON has no inf and no nan: they become strings, which NumPy reads back."""
    return item if np.isfinite(item) else str(item)


def decode_array(encoded: Mapping[str, Any]) -> Array:
    """The array that `encode` wrote."""
    found = ARRAY.fullmatch(encoded["array"])
    assert found is not None, encoded
    dtype = np.dtype("U" if found[1] == "string" else found[1])
    shape = [int(size) for size in found[2].split(",") if size.strip()]
    return (
        np.array(encoded["values"], "U" if dtype.kind == "U" else None).astype(dtype).reshape(shape)
    )


def difference(actual: Any, recorded: Any, where: str = "answer") -> str | None:
    """What keeps two encoded answers from being the same; numbers differ within the tolerance."""
    if isinstance(recorded, dict) and "array" in recorded and isinstance(actual, dict):
        return _array_difference(actual, recorded, where)
    if isinstance(recorded, dict) and isinstance(actual, dict):
        if sorted(actual) != sorted(recorded):
            return f"{where}: {actual} is not {recorded}"
        pairs: Any = [(key, actual[key], recorded[key]) for key in recorded]
    elif isinstance(recorded, list) and isinstance(actual, list) and len(actual) == len(recorded):
        pairs = zip(range(len(recorded)), actual, recorded, strict=True)
    else:
        return None if actual == recorded else f"{where}: {actual!r} is not {recorded!r}"
    for key, a, b in pairs:
        if found := difference(a, b, f"{where}.{key}"):
            return found
    return None


def contradiction(actual: Any, recorded: Any, where: str = "symbol") -> str | None:
    """What two encoded symbols contradict each other in: kind, dtype, rank, or a known size."""
    if "symbol" in recorded:
        if actual.get("symbol") != recorded["symbol"]:
            return f"{where}: {actual} is not {recorded}"
        a, b = actual["shape"], recorded["shape"]
        if b is None or (len(a) == len(b) and all(map(_may_be_equal, a, b))):
            return None
        return f"{where}: the shape {a} cannot be {b}"
    keys = recorded if isinstance(recorded, dict) else range(len(recorded))
    found = (contradiction(actual[key], recorded[key], f"{where}.{key}") for key in keys)
    return next(filter(None, found), None)


def _may_be_equal(a: int | None, b: int | None) -> bool:
    return a is None or b is None or a == b


def _array_difference(actual: Any, recorded: Any, where: str) -> str | None:
    if actual.get("array") != recorded["array"]:
        return f"{where}: {actual} is not {recorded}"
    got, expected = decode_array(actual), decode_array(recorded)
    if expected.dtype.kind == "f":
        rtol, atol = tolerance(expected.dtype)
        same = bool(np.allclose(got, expected, rtol, atol, equal_nan=True))
    else:
        same = bool(np.array_equal(got, expected))
    return None if same else f"{where}: {got.tolist()} is not {expected.tolist()}"


def write(path: Path, recorded: Mapping[str, Any]) -> None:
    """One line for each case, in the order of the names."""
    lines = [f"{json.dumps(name)}: {json.dumps(recorded[name])}" for name in sorted(recorded)]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def read(path: Path = FILE) -> dict[str, Any]:
    """What `write` wrote."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
