"""Resizing of NHWC images to `size` [height, width] with torch's coordinate conventions."""

import torch.nn.functional as F

from .family import Family


def resize(x, **options):
    return F.interpolate(x.permute(0, 3, 1, 2), **options).permute(0, 2, 3, 1)


def upsample_nearest(x, *, size):
    return resize(x, size=size, mode="nearest")


def interpolate_bilinear(x, *, size, align_corners=False):
    return resize(x, size=size, mode="bilinear", align_corners=align_corners)


def interpolate_bicubic(x, *, size, align_corners=False):
    return resize(x, size=size, mode="bicubic", align_corners=align_corners)


# name: input [N, H, W, C], size
CASES = {
    "Double": ([1, 4, 5, 4], [8, 10]),
    "Halve": ([1, 8, 6, 3], [4, 3]),
    "OddUp": ([2, 3, 5, 3], [7, 8]),
    "OddDown": ([1, 9, 7, 5], [4, 5]),
    "MixedDirections": ([1, 4, 9, 2], [7, 5]),
    "Same": ([1, 5, 4, 1], [5, 4]),
    "FromOnePixel": ([1, 1, 1, 4], [3, 4]),
    "ToOnePixel": ([1, 4, 5, 3], [1, 1]),
    "Strip": ([1, 1, 6, 8], [3, 11]),
}


def write():
    smooth = {"interpolateBilinear": interpolate_bilinear, "interpolateBicubic": interpolate_bicubic}
    family = Family("interpolate", {"upsampleNearest": upsample_nearest, **smooth})
    for name, (shape, size) in CASES.items():
        family.case(f"upsampleNearest{name}", "upsampleNearest", {"x": family.normal(*shape)}, size=size)
        for op in smooth:
            family.case(f"{op}{name}", op, {"x": family.normal(*shape)}, size=size, align_corners=False)
            corners = {"size": size, "align_corners": True}
            family.case(f"{op}{name}AlignCorners", op, {"x": family.normal(*shape)}, **corners)
    for op in family.operations:
        family.case(f"{op}Half", op, {"x": family.normal(1, 3, 5, 8)}, half=True, size=[7, 8])
    family.write()
