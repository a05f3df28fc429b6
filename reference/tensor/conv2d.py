"""Convolution of an NHWC image with weights [kH, kW, Cin / groups, Cout].

`padding` is one number for all sides or [top, bottom, left, right]. What is added has the result's shape or, for all
pixels of an image the same, [N, 1, 1, Cout].
"""

import torch
import torch.nn.functional as F

from .family import Family


def conv2d(x, weight, bias=None, *, stride=1, padding=0, dilation=1, groups=1):
    top, bottom, left, right = [padding] * 4 if isinstance(padding, int) else padding
    image = F.pad(x.permute(0, 3, 1, 2), (left, right, top, bottom))
    out = F.conv2d(image, weight.permute(3, 2, 0, 1), bias, stride, 0, dilation, groups)
    return out.permute(0, 2, 3, 1)


def conv2d_add(x, weight, bias, add, **options):
    return conv2d(x, weight, bias, **options) + add


# name: input [N, H, W, Cin], kernel (kH, kW), Cout, options
CASES = {
    "pointwise": ([1, 3, 5, 4], (1, 1), 8, {}),
    "pointwiseOdd": ([2, 3, 3, 5], (1, 1), 3, {}),
    "pointwiseStride2": ([1, 5, 6, 4], (1, 1), 4, {"stride": 2}),
    "valid3x3": ([1, 5, 6, 3], (3, 3), 4, {}),
    "same3x3": ([1, 7, 5, 4], (3, 3), 8, {"padding": 1}),
    "same3x3EvenSize": ([1, 8, 6, 8], (3, 3), 8, {"padding": 1}),
    "same3x3Batch": ([2, 5, 5, 5], (3, 3), 3, {"padding": 1}),
    "same3x3Channels16": ([1, 9, 7, 16], (3, 3), 20, {"padding": 1}),
    "same3x3OneChannel": ([1, 6, 7, 1], (3, 3), 1, {"padding": 1}),
    "onePixel": ([1, 1, 1, 4], (3, 3), 4, {"padding": 1}),
    "same5x5": ([1, 7, 6, 3], (5, 5), 4, {"padding": 2}),
    "rectangularKernel": ([1, 6, 7, 4], (1, 3), 5, {"padding": [0, 0, 1, 1]}),
    "stride2": ([1, 8, 8, 8], (3, 3), 8, {"stride": 2, "padding": 1}),
    "stride2OddSize": ([1, 7, 5, 3], (3, 3), 5, {"stride": 2, "padding": 1}),
    "stride2LeftOver": ([1, 6, 8, 4], (3, 3), 4, {"stride": 2}),
    "stride2Asymmetric": ([1, 8, 6, 4], (3, 3), 8, {"stride": 2, "padding": [0, 1, 0, 1]}),
    "asymmetric": ([1, 5, 5, 4], (3, 3), 4, {"padding": [0, 1, 0, 1]}),
    "asymmetricAllSides": ([1, 4, 5, 3], (3, 3), 2, {"padding": [2, 0, 1, 3]}),
    "stride3": ([1, 9, 7, 4], (3, 3), 3, {"stride": 3, "padding": 1}),
    "patches": ([1, 8, 12, 3], (4, 4), 5, {"stride": 4}),
    "dilation2": ([1, 9, 8, 4], (3, 3), 4, {"dilation": 2, "padding": 2}),
    "dilation2Stride2": ([1, 9, 8, 3], (3, 3), 4, {"dilation": 2, "padding": 2, "stride": 2}),
    "groups2": ([1, 5, 6, 8], (3, 3), 4, {"groups": 2, "padding": 1}),
    "groupsOdd": ([1, 5, 5, 9], (3, 3), 6, {"groups": 3, "padding": 1}),
    "depthwise": ([1, 6, 5, 8], (3, 3), 8, {"groups": 8, "padding": 1}),
    "depthwiseOdd": ([2, 5, 5, 5], (3, 3), 5, {"groups": 5, "padding": 1, "stride": 2}),
    "depthwiseMultiplier": ([1, 5, 5, 3], (3, 3), 6, {"groups": 3, "padding": 1}),
    "emptyBatch": ([0, 4, 4, 3], (3, 3), 4, {"padding": 1}),
}
EACH_AXIS = {
    "strideEachAxis": ([1, 8, 9, 4], (3, 3), 4, {"stride": [3, 2], "padding": 1}),
    "dilationEachAxis": ([1, 7, 9, 4], (3, 3), 4, {"dilation": [2, 3], "padding": [2, 1, 0, 3]}),
    "bothEachAxis": ([2, 8, 9, 3], (2, 3), 5, {"stride": [1, 2], "dilation": [3, 1]}),
}
HALF = ["pointwise", "same3x3", "stride2Asymmetric", "groups2", "depthwise", "same3x3OneChannel"]


def operands(family, shape, kernel, out, groups=1, bias=True):
    per_group = shape[-1] // groups
    scale = (per_group * kernel[0] * kernel[1]) ** -0.5
    inputs = {"x": family.normal(*shape), "weight": family.normal(*kernel, per_group, out, scale=scale)}
    return inputs | {"bias": family.normal(out)} if bias else inputs


def overflowing(family, channels, out):
    """Partial sums over the channels pass 65504; every result stays far below."""
    half = channels // 2
    sign = torch.cat([torch.ones(half), -torch.ones(channels - half)])
    x = 200 + family.integers(1, 4, 5, channels, low=-4, high=5) / 4
    weight = 100 * sign[:, None] + family.integers(3, 3, channels, out, low=-4, high=5) / 4
    return {"x": x, "weight": weight}


def write():
    family = Family("conv2d", {"conv2d": conv2d, "conv2dAdd": conv2d_add})
    for name, (shape, kernel, out, args) in CASES.items():
        groups = args.get("groups", 1)
        family.case(name, "conv2d", operands(family, shape, kernel, out, groups), **args)
    for name in HALF:
        shape, kernel, out, args = CASES[name]
        groups = args.get("groups", 1)
        family.case(f"{name}Half", "conv2d", operands(family, shape, kernel, out, groups), half=True, **args)
    family.case("noBias", "conv2d", operands(family, [1, 5, 5, 4], (3, 3), 4, bias=False), padding=1)
    family.case("halfOverflow", "conv2d", overflowing(family, 16, 4), half=True, padding=1)
    for name, (shape, kernel, out, args) in EACH_AXIS.items():
        family.case(name, "conv2d", operands(family, shape, kernel, out), **args)
    for name in ["pointwiseOdd", "same3x3", "same3x3Batch", "stride2Asymmetric", "groups2"]:
        write_add(family, name)
    for name in ["pointwise", "same3x3", "groups2"]:
        write_add(family, name, half=True)
    family.write()


def write_add(family, name, half=False):
    """A residual, and one value a channel, as a time embedding is added."""
    shape, kernel, out, args = CASES[name]
    inputs = operands(family, shape, kernel, out, args.get("groups", 1))
    result = conv2d(**inputs, **args).shape
    suffix = "Half" if half else ""
    for kind, extent in {"Residual": list(result), "PerChannel": [result[0], 1, 1, result[3]]}.items():
        added = inputs | {"add": family.normal(*extent)}
        family.case(f"{name}{kind}{suffix}", "conv2dAdd", added, half=half, **args)
