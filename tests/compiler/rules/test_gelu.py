from __future__ import annotations

import pytest

from kgraph.compiler.rules import gelu as rules
from tests.compiler.rule_cases import Fires, Stays, check_fires, check_stays, name_of

ROOT, SLOPE, CUBIC = "0.7071067690849304", "0.7978845834732056", "0.044714998453855515"


def by_erf(
    dtype: str = "f32", root: str = ROOT, half: str = "0.5", one: str = "1.0", last: str = "%4"
) -> str:
    return f"""
    %x: {dtype}[B, 8]
    %0 = multiply(%x, {half}:{dtype}[]) : {dtype}[B, 8]
    %1 = multiply(%x, {root}:{dtype}[]) : {dtype}[B, 8]
    %2 = erf(%1) : {dtype}[B, 8]
    %3 = add(%2, {one}:{dtype}[]) : {dtype}[B, 8]
    %4 = multiply(%0, %3) : {dtype}[B, 8]
    return {last}"""


def by_tanh(dtype: str = "f32", cubic: str = CUBIC, slope: str = SLOPE, last: str = "%8") -> str:
    return f"""
    %x: {dtype}[B, 8]
    %0 = multiply(%x, 0.5:{dtype}[]) : {dtype}[B, 8]
    %1 = multiply(%x, %x) : {dtype}[B, 8]
    %2 = multiply(%1, %x) : {dtype}[B, 8]
    %3 = multiply(%2, {cubic}:{dtype}[]) : {dtype}[B, 8]
    %4 = add(%x, %3) : {dtype}[B, 8]
    %5 = multiply(%4, {slope}:{dtype}[]) : {dtype}[B, 8]
    %6 = tanh(%5) : {dtype}[B, 8]
    %7 = add(%6, 1.0:{dtype}[]) : {dtype}[B, 8]
    %8 = multiply(%0, %7) : {dtype}[B, 8]
    return {last}"""


def loop(op: str, dtype: str = "f32") -> str:
    return f"""
    %x: {dtype}[B, 8]
    %0 = {op}(%x) : {dtype}[B, 8]
    return %0"""


FIRES = [
    Fires(rules.gelu_is_one_loop, by_erf(), loop("gelu_erf")),
    Fires(rules.gelu_is_one_loop, by_erf("f64", "0.7071067811865476"), loop("gelu_erf", "f64")),
    Fires(rules.gelu_by_tanh_is_one_loop, by_tanh(), loop("gelu_tanh")),
]
STAYS = [
    Stays(rules.gelu_is_one_loop, by_erf("f16", "0.70703125")),
    Stays(  # ones that make the result larger than x
        rules.gelu_is_one_loop,
        f"""
        %x: f32[1]
        %0 = multiply(%x, 0.5:f32[]) : f32[1]
        %1 = multiply(%x, {ROOT}:f32[]) : f32[1]
        %2 = erf(%1) : f32[1]
        %3 = add(%2, [1.0, 1.0]:f32[2]) : f32[2]
        %4 = multiply(%0, %3) : f32[2]
        return %4""",
    ),
    Stays(rules.gelu_is_one_loop, by_erf(root="0.75")),
    Stays(rules.gelu_is_one_loop, by_erf(half="0.25")),
    Stays(rules.gelu_is_one_loop, by_erf(one="2.0")),
    Stays(rules.gelu_is_one_loop, by_erf(last="%4, %2")),
    Stays(rules.gelu_is_one_loop, by_tanh()),
    Stays(rules.gelu_by_tanh_is_one_loop, by_tanh("f16", "0.044708251953125", "0.7978515625")),
    Stays(rules.gelu_by_tanh_is_one_loop, by_tanh(cubic="0.05")),
    Stays(rules.gelu_by_tanh_is_one_loop, by_tanh(slope="0.5")),
    Stays(rules.gelu_by_tanh_is_one_loop, by_tanh(last="%8, %6")),
    Stays(rules.gelu_by_tanh_is_one_loop, by_erf()),
]


@pytest.mark.parametrize("case", FIRES, ids=name_of)
def test_fires(case: Fires) -> None:
    check_fires(case)


@pytest.mark.parametrize("case", STAYS, ids=name_of)
def test_stays(case: Stays) -> None:
    check_stays(case)
