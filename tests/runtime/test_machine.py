"""The machine, read from files as Linux has them."""

from __future__ import annotations

from pathlib import Path

from kgraph._kernels.linear import TARGETS
from kgraph.runtime.machine import cache_bytes, cpu_model, instruction_set

CPUINFO = """\
processor\t: 0
cpu family\t: 25
model\t\t: 17
model name\t: AMD EPYC

processor\t: 1
model name\t: another
"""


def put(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def cache(root: Path, number: int, level: int, kind: str, size: str) -> None:
    folder = f"sys/devices/system/cpu/cpu0/cache/index{number}"
    for name, text in (("level", str(level)), ("type", kind), ("size", size)):
        put(root, f"{folder}/{name}", text + "\n")


def test_the_model_is_that_of_the_first_processor(tmp_path: Path) -> None:
    put(tmp_path, "proc/cpuinfo", CPUINFO)
    assert cpu_model(tmp_path) == "AMD EPYC (family 25, model 17)"


def test_a_system_that_tells_nothing_has_a_model_all_the_same(tmp_path: Path) -> None:
    assert cpu_model(tmp_path)
    assert cache_bytes(tmp_path) == {"L1": 32 << 10, "L2": 512 << 10}


def test_caches_of_data_count(tmp_path: Path) -> None:
    cache(tmp_path, 0, 1, "Data", "48K")
    cache(tmp_path, 1, 1, "Instruction", "32K")
    cache(tmp_path, 2, 2, "Unified", "2048K")
    cache(tmp_path, 3, 3, "Unified", "260M")
    assert cache_bytes(tmp_path) == {"L1": 48 << 10, "L2": 2 << 20, "L3": 260 << 20}


def test_a_size_that_is_none_is_passed_over(tmp_path: Path) -> None:
    cache(tmp_path, 0, 1, "Data", "many")
    assert cache_bytes(tmp_path)["L1"] == 32 << 10


def test_the_instruction_set_is_one_of_those_built() -> None:
    assert instruction_set() in TARGETS
