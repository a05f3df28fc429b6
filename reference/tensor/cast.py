"""Conversions between storage types; `dtype` names the result's."""

import torch

from .family import Family

DTYPES = {
    "f32": torch.float32,
    "f16": torch.float16,
    "i32": torch.int32,
    "u8": torch.uint8,
    "bool": torch.bool,
}


def cast(x, *, dtype):
    if x.is_floating_point() and dtype in ("f32", "f16"):
        return x  # stored exactly: the tolerance of the case is the rounding allowed
    return x.to(DTYPES[dtype])


def write():
    family = Family("cast", {"cast": cast})
    values = torch.tensor([-2.75, -1.5, -0.5, 0.0, 0.5, 1.5, 2.75, 100.25, -100.75])
    family.case("floatToHalf", "cast", {"x": family.normal(3, 5)}, tolerance=1e-3, dtype="f16")
    family.case("halfToFloat", "cast", {"x": family.normal(3, 7)}, half=True, dtype="f32")
    family.case("floatToInt", "cast", {"x": values}, dtype="i32")
    family.case("intToFloat", "cast", {"x": family.integers(3, 5, low=-70000, high=70000)}, [], dtype="f32")
    family.case("floatToBool", "cast", {"x": values}, dtype="bool")
    family.case("boolToFloat", "cast", {"x": family.uniform(3, 5) > 0.5}, [], dtype="f32")
    family.case("boolToInt", "cast", {"x": family.uniform(7) > 0.5}, dtype="i32")
    family.case("intToByte", "cast", {"x": family.integers(3, 7, high=256)}, dtype="u8")
    family.case(
        "byteToFloat", "cast", {"x": family.integers(3, 7, high=256).to(torch.uint8)}, [], dtype="f32"
    )
    family.case("empty", "cast", {"x": family.normal(0, 3)}, dtype="i32")
    family.write()
