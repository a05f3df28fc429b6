"""Running sums along one axis."""

import torch

from .family import Family


def write():
    family = Family("cumsum", {"cumsum": torch.cumsum})
    family.case("vector", "cumsum", {"x": family.normal(7)}, dim=0)
    family.case("last", "cumsum", {"x": family.normal(3, 5)}, dim=-1)
    family.case("vec4Last", "cumsum", {"x": family.normal(2, 8)}, dim=1)
    family.case("first", "cumsum", {"x": family.normal(5, 3)}, dim=0)
    family.case("middle", "cumsum", {"x": family.normal(2, 9, 3)}, dim=1)
    family.case("sizeOne", "cumsum", {"x": family.normal(3, 1)}, dim=1)
    family.case("empty", "cumsum", {"x": family.normal(0, 3)}, dim=0)
    family.case("int", "cumsum", {"x": family.integers(3, 5, low=-9)}, dim=1)
    family.case("long", "cumsum", {"x": family.normal(1, 1000)}, dim=1, tolerance=1e-4)
    family.case("half", "cumsum", {"x": family.normal(3, 7)}, half=True, dim=1)
    family.case("halfLong", "cumsum", {"x": family.uniform(2, 300)}, half=True, dim=1)
    family.write()
