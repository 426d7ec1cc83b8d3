"""Check that the hot loops of ``kgraph/_kernels/loops.h`` were vectorised.

A loop that quietly stays scalar is four to sixteen times slower and fails no test.  This reads the
disassembly of the built module (``objdump`` and an unstripped build are needed) and lists each hot
loop without a packed instruction on the registers of its target.

    python tools/check_vectorised.py
"""

from __future__ import annotations

import re
import subprocess
import sys

from kgraph._kernels import loops

# Loops of float results; comparisons and selections may use integer instructions.
HOT = [
    *("add", "sub", "mul", "div", "maximum", "minimum", "sqrt", "relu", "neg", "abs", "floor"),
    *("exp", "exp2", "expm1", "log", "log1p", "tanh", "sigmoid", "softplus", "log_sigmoid"),
    *(
        "erf",
        "gelu",
        "gelu_tanh",
        "sin",
        "cos",
        "tan",
        "round",
        "add_relu",
        "sub_exp",
        "multiply_add",
    ),
]
# A packed instruction whose operand is a register as wide as the target's.
PACKED = {"base": r"p[sd]\s.*%xmm", "v3": r"\sv\w+p[sd]\s.*%ymm", "v4": r"\sv\w+p[sd]\s.*%zmm"}
FUNCTION = re.compile(r"^[0-9a-f]+ <kg_(\w+)_(body|near|loop)_(base|v3|v4)>:$")


def disassembly(library: str) -> dict[tuple[str, str], str]:
    """Instructions of each loop, its block body included, by name and target."""
    command = ["objdump", "-d", "--no-show-raw-insn", library]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[tuple[str, str], str] = {}
    key = None
    for line in text.splitlines():
        if line.endswith(">:"):
            match = FUNCTION.match(line)
            key = (match[1], match[3]) if match else None
        elif key:
            found[key] = found.get(key, "") + line + "\n"
    return found


def scalar_loops(code: dict[tuple[str, str], str]) -> list[str]:
    """Hot loops that are missing or use no packed instruction."""
    return [
        f"{op}_{tag} ({target})"
        for target, packed in PACKED.items()
        for tag in ("f32", "f64")
        for op in HOT
        if not re.search(packed, code.get((f"{op}_{tag}", target), ""))
    ]


def main() -> int:
    missing = scalar_loops(disassembly(str(loops.__file__)))
    print("\n".join(missing) or "all hot loops are vectorised")
    return bool(missing)


if __name__ == "__main__":
    sys.exit(main())
