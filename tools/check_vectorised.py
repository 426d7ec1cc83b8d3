"""Check that the hot loops of ``kgraph/_kernels`` were vectorised.

A loop that quietly stays scalar is four to sixteen times slower and fails no test.  This reads the
disassembly of the built modules (``objdump`` and an unstripped build are needed) and lists each hot
loop, link of a chain and tile of a product without a packed instruction on the registers of its
target.

    python tools/check_vectorised.py
"""

from __future__ import annotations

import re
import subprocess
import sys

from kgraph._kernels import chains, linear, loops

# Loops of float results; comparisons and selections may use integer instructions.
HOT = [
    "add",
    "sub",
    "mul",
    "div",
    "maximum",
    "minimum",
    "sqrt",
    "relu",
    "neg",
    "abs",
    "floor",
    "round",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log1p",
    "tanh",
    "sigmoid",
    "softplus",
    "log_sigmoid",
    "erf",
    "gelu",
    "gelu_tanh",
    "sin",
    "cos",
    "tan",
    "add_relu",
    "sub_exp",
    "multiply_add",
]
LINKS = [name for name in chains.link_names() if name != "end"]
TILES = ["1x1x2", "6x1x2", "4x1x1", "1x4x2"]
# A packed instruction whose operand is a register as wide as the target's.
PACKED = {"base": r"p[sd]\s.*%xmm", "v3": r"\sv\w+p[sd]\s.*%ymm", "v4": r"\sv\w+p[sd]\s.*%zmm"}
LOOP = re.compile(r"^[0-9a-f]+ <kg_(\w+)_(f32|f64)_(?:body|near|loop)_(base|v3|v4)>:$")
LINK = re.compile(r"^[0-9a-f]+ <kg_link_(\w+)_(base|v3|v4)_(f32|f64)>:$")
TILE = re.compile(r"^[0-9a-f]+ <kg_tile_(\w+)_(base|v3|v4)_(f32|f64)>:$")

Code = dict[frozenset[str], str]


def disassembly(library: str, function: re.Pattern[str]) -> Code:
    """Instructions of each function that matches, by name, target and dtype; the parts of one, as a
    loop and its body, together."""
    command = ["objdump", "-d", "--no-show-raw-insn", library]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: Code = {}
    key = None
    for line in text.splitlines():
        if line.endswith(">:"):
            match = function.match(line)
            key = frozenset(match.groups()) if match else None
        elif key:
            found[key] = found.get(key, "") + line + "\n"
    return found


def scalar(what: str, code: Code, names: list[str]) -> list[str]:
    """Those of ``names`` that are missing or use no packed instruction."""
    return [
        f"{what} {name}_{dtype} ({target})"
        for target, packed in PACKED.items()
        for dtype in ("f32", "f64")
        for name in names
        if not re.search(packed, code.get(frozenset((name, target, dtype)), ""))
    ]


def main() -> int:
    missing = [
        *scalar("loop", disassembly(str(loops.__file__), LOOP), HOT),
        *scalar("link", disassembly(str(chains.__file__), LINK), LINKS),
        *scalar("tile", disassembly(str(linear.__file__), TILE), TILES),
    ]
    print("\n".join(missing) or "all hot loops are vectorised")
    return bool(missing)


if __name__ == "__main__":
    sys.exit(main())
