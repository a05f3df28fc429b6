"""value * gelu(gate), where the last axis holds value in its first half and gate in its second."""

import torch
import torch.nn.functional as F

from .family import Family


def geglu(x):
    value, gate = x.chunk(2, dim=-1)
    return value * F.gelu(gate)


def write():
    family = Family("geglu", {"geglu": geglu})
    shapes = {
        "odd": [3, 10],
        "vec4": [2, 3, 16],
        "vector": [6],
        "onePair": [4, 2],
        "image": [1, 3, 3, 8],
        "empty": [0, 4],
    }
    for name, shape in shapes.items():
        family.case(name, "geglu", {"x": family.normal(*shape, scale=1.5)})
    extremes = torch.tensor([[1.0, -2.0, 3.0, -100.0, 30.0, -9.0], [2.0, 2.0, 2.0, 9.0, -30.0, 100.0]])
    family.case("extremes", "geglu", {"x": extremes})
    family.case("half", "geglu", {"x": family.normal(3, 14)}, half=True)
    family.write()
