"""Convolution of an NHWC image whose pixels are repeated first, as an upsampler's is."""

import torch.nn.functional as F

from .conv2d import conv2d, operands
from .family import Family


def conv2d_upsampled(x, weight, bias=None, *, upsample, **options):
    vertical, horizontal = [upsample] * 2 if isinstance(upsample, int) else upsample
    repeated = F.interpolate(x.permute(0, 3, 1, 2), scale_factor=(vertical, horizontal), mode="nearest")
    return conv2d(repeated.permute(0, 2, 3, 1), weight, bias, **options)


# name: input [N, H, W, Cin], kernel (kH, kW), Cout, options
CASES = {
    "twice": ([1, 4, 3, 8], (3, 3), 8, {"upsample": 2, "padding": 1}),
    "twiceOdd": ([2, 3, 5, 3], (3, 3), 5, {"upsample": 2, "padding": 1}),
    "pointwise": ([1, 3, 4, 4], (1, 1), 4, {"upsample": 2}),
    "eachAxis": ([1, 4, 3, 4], (3, 3), 3, {"upsample": [3, 2], "stride": 2, "padding": [0, 1, 2, 1]}),
    "groups": ([1, 3, 3, 8], (3, 3), 4, {"upsample": 2, "groups": 2, "padding": 1}),
}


def write():
    family = Family("conv2dUpsampled", {"conv2dUpsampled": conv2d_upsampled})
    for name, (shape, kernel, out, args) in CASES.items():
        inputs = operands(family, shape, kernel, out, args.get("groups", 1))
        family.case(name, "conv2dUpsampled", inputs, grads=[], **args)
    half = operands(family, [1, 4, 4, 8], (3, 3), 8)
    family.case("half", "conv2dUpsampled", half, grads=[], half=True, upsample=2, padding=1)
    # With gradients it is two operations.
    shape, kernel, out, args = CASES["twiceOdd"]
    family.case("gradients", "conv2dUpsampled", operands(family, shape, kernel, out), **args)
    family.write()
