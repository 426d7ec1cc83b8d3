"""The file of recordings: one `.npz` for each source, readable with `np.load` alone.

A member is named `case/part/path/component`: the part is `weights`, `feed` or `output`; the path
says where in a nested structure the value lies (`-` for a bare value); the component is `dense`,
or one of a ragged or sparse value's arrays.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tests.oracle.cases import Ragged, Sparse, leaves
from tests.oracle.cases.registry import Array

FOLDER = Path(__file__).parent / "recorded"


def components(value: Any) -> dict[str, Array]:
    """The arrays of one value, by name."""
    if isinstance(value, Ragged):
        splits = {f"splits_{axis}": s for axis, s in enumerate(value.splits)}
        return {"values": value.flat_values, **splits}
    if isinstance(value, Sparse):
        return {
            "data": value.data,
            "indices": value.indices,
            "indptr": value.indptr,
            "shape": np.array(value.shape, "int64"),
        }
    return {"dense": np.asarray(value)}


def value_of(arrays: Mapping[str, Array]) -> Any:
    """The value that has these components."""
    if "values" in arrays:
        splits = tuple(arrays[f"splits_{axis}"] for axis in range(len(arrays) - 1))
        return Ragged(arrays["values"], splits)
    if "data" in arrays:
        shape = tuple(int(size) for size in arrays["shape"])
        return Sparse(arrays["data"], arrays["indices"], arrays["indptr"], shape)
    return arrays["dense"]


def members(case: str, part: str, structure: Any) -> dict[str, Array]:
    """The members that hold a structure of values."""
    return {
        f"{case}/{part}/{path or '-'}/{component}": array
        for path, value in leaves(structure)
        for component, array in components(value).items()
    }


def write(path: Path, arrays: Mapping[str, Array]) -> None:
    """Writes a compressed `.npz` whose bytes depend on the arrays alone, not on the clock."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(arrays):
            buffer = io.BytesIO()
            array = np.asarray(arrays[name], order="C")
            np.lib.format.write_array(buffer, array, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, buffer.getvalue())


def read(source: str) -> dict[str, dict[str, dict[str, Any]]]:
    """`{case: {part: {path: value}}}` of one source."""
    parts: dict[tuple[str, str, str], dict[str, Array]] = {}
    with np.load(FOLDER / f"{source}.npz", allow_pickle=False) as archive:
        for name in archive.files:
            case, part, path, component = name.split("/")
            parts.setdefault((case, part, path), {})[component] = archive[name]
    recorded: dict[str, dict[str, dict[str, Any]]] = {}
    for (case, part, path), arrays in parts.items():
        recorded.setdefault(case, {}).setdefault(part, {})[path] = value_of(arrays)
    return recorded
