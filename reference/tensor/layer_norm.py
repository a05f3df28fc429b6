"""Layer normalization over the last axis."""

import torch.nn.functional as F

from .family import Family
from .group_norm import operands


def layer_norm(x, weight=None, bias=None, *, eps=1e-5):
    return F.layer_norm(x, x.shape[-1:], weight, bias, eps)


SHAPES = {
    "odd": [3, 5], "vec4": [4, 8], "vector": [7], "sequence": [2, 5, 12], "threeWide": [2, 3],
    "long": [2, 771], "manyRows": [67, 4], "empty": [0, 6],
}  # fmt: skip


def write():
    family = Family("layerNorm", {"layerNorm": layer_norm})
    for name, shape in SHAPES.items():
        family.case(name, "layerNorm", operands(family, shape), eps=1e-5)
    family.case("noAffine", "layerNorm", operands(family, [3, 9], affine=False), eps=1e-6)
    family.case("largeOffset", "layerNorm", operands(family, [3, 40], offset=1000), eps=1e-5, tolerance=5e-4)
    family.case("epsMatters", "layerNorm", operands(family, [3, 10], scale=1e-3), eps=1e-3)
    family.case("half", "layerNorm", operands(family, [3, 24]), half=True, eps=1e-5)
    family.case("halfOdd", "layerNorm", operands(family, [5, 13]), half=True, eps=1e-5)
    family.case(
        "halfOverflow", "layerNorm", operands(family, [2, 48], scale=2000, offset=500), half=True, eps=1e-5
    )
    family.write()
