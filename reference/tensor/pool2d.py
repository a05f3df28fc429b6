"""Pooling of NHWC images. Some inputs are rounded to halves, so that windows hold several largest elements."""

import torch.nn.functional as F

from .family import Family


def channels_last(pool):
    return lambda x, **options: pool(x.permute(0, 3, 1, 2), **options).permute(0, 2, 3, 1)


# name: input [N, H, W, C], options
CASES = {
    "Squeeze": ([1, 17, 17, 4], {"kernel_size": 3, "stride": 2, "ceil_mode": True}),
    "SqueezeEven": ([1, 8, 14, 8], {"kernel_size": 3, "stride": 2, "ceil_mode": True}),
    "Halves": ([2, 6, 8, 4], {"kernel_size": 2}),
    "HalvesOdd": ([1, 7, 5, 3], {"kernel_size": 2}),
    "HalvesOddCeil": ([1, 7, 5, 3], {"kernel_size": 2, "ceil_mode": True}),
    "Padded": ([2, 9, 6, 5], {"kernel_size": 3, "stride": 2, "padding": 1}),
    "PaddedCeil": ([1, 6, 9, 4], {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
    # The last window would begin in the padding at the end, so there is none.
    "CeilDropsWindow": ([1, 3, 4, 2], {"kernel_size": 2, "stride": 3, "padding": 1, "ceil_mode": True}),
    "Overlapping": ([1, 7, 6, 4], {"kernel_size": 3, "stride": 1, "padding": 1}),
    "Rectangular": ([1, 8, 9, 3], {"kernel_size": [2, 3], "stride": [3, 2], "padding": [1, 0]}),
    "Gaps": ([1, 9, 11, 2], {"kernel_size": 2, "stride": 4}),
    "Whole": ([3, 5, 4, 4], {"kernel_size": [5, 4]}),
    # With ceil_mode a window may be larger than the image.
    "CeilOneWindow": ([1, 2, 2, 4], {"kernel_size": 3, "stride": 2, "ceil_mode": True}),
    "OnePixel": ([2, 1, 1, 3], {"kernel_size": 1}),
}  # fmt: skip


def write():
    operations = {"maxPool2d": channels_last(F.max_pool2d), "avgPool2d": channels_last(F.avg_pool2d)}
    family = Family("pool2d", operations)
    for name, (shape, options) in CASES.items():
        for op in operations:
            family.case(f"{op}{name}", op, {"x": family.normal(*shape)}, **options)
        if "padding" in options:
            inside = {**options, "count_include_pad": False}
            family.case(f"avgPool2d{name}Inside", "avgPool2d", {"x": family.normal(*shape)}, **inside)
    ties = family.normal(1, 9, 9, 4).mul(2).round().relu()
    family.case("maxPool2dTies", "maxPool2d", {"x": ties}, kernel_size=3, stride=2)
    for op in operations:
        for channels in [4, 3]:
            x = {"x": family.normal(1, 7, 6, channels)}
            options = {"kernel_size": 3, "stride": 2, "padding": 1}
            family.case(f"{op}Half{channels}", op, x, half=True, **options)
    family.write()
