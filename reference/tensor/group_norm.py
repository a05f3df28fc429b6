"""Group normalization over the last (channel) axis' groups, alone and followed by silu."""

import torch.nn.functional as F

from .family import Family


def group_norm(x, weight=None, bias=None, *, num_groups, eps=1e-5):
    return F.group_norm(x.movedim(-1, 1), num_groups, weight, bias, eps).movedim(1, -1)


def group_norm_silu(x, weight=None, bias=None, *, num_groups, eps=1e-5):
    return F.silu(group_norm(x, weight, bias, num_groups=num_groups, eps=eps))


# name: input [N, .., C], groups
CASES = {
    "vec4": ([2, 3, 4, 8], 2),
    "oddChannelsPerGroup": ([1, 3, 5, 6], 2),
    "straddling": ([2, 3, 3, 20], 4),
    "straddlingVec4": ([1, 4, 3, 12], 2),
    "fiveChannels": ([1, 3, 3, 5], 1),
    "oneChannelPerGroup": ([2, 3, 3, 4], 4),
    "oneGroup": ([2, 5, 7], 1),
    "noSpace": ([3, 8], 2),
    "thirtyTwoGroups": ([1, 3, 3, 64], 32),
    "onePixel": ([1, 1, 1, 12], 3),
    "manyPixels": ([1, 17, 19, 4], 2),
    "batchOfThree": ([3, 2, 3, 9], 3),
    "emptyBatch": ([0, 2, 2, 4], 2),
}


def operands(family, shape, affine=True, **draw):
    inputs = {"x": family.normal(*shape, **draw)}
    channels = shape[-1]
    affine_inputs = {"weight": family.normal(channels, offset=1, scale=0.5), "bias": family.normal(channels)}
    return inputs | affine_inputs if affine else inputs


def write():
    family = Family("groupNorm", {"groupNorm": group_norm, "groupNormSilu": group_norm_silu})
    for op, suffix in (("groupNorm", ""), ("groupNormSilu", "Silu")):
        for name, (shape, groups) in CASES.items():
            family.case(f"{name}{suffix}", op, operands(family, shape), num_groups=groups, eps=1e-5)
        plain = operands(family, [2, 3, 3, 6], affine=False)
        family.case(f"noAffine{suffix}", op, plain, num_groups=3, eps=1e-6)
        shifted = operands(family, [1, 6, 7, 8], scale=1, offset=1000)
        # PyTorch's f32 kernel subtracts large squares and is 2 % off here; rounding the mean costs 3e-5.
        family.case(f"largeOffset{suffix}", op, shifted, tolerance=5e-4, check=False, num_groups=2, eps=1e-5)
        tiny = operands(family, [1, 4, 4, 8], scale=1e-3)
        family.case(f"epsMatters{suffix}", op, tiny, num_groups=2, eps=1e-3)
        family.case(f"half{suffix}", op, operands(family, [2, 3, 5, 8]), half=True, num_groups=2, eps=1e-5)
        straddling = operands(family, [1, 3, 3, 20])
        family.case(f"halfStraddling{suffix}", op, straddling, half=True, num_groups=4, eps=1e-5)
        loud = operands(family, [1, 4, 5, 8], scale=2000, offset=500)
        family.case(f"halfOverflow{suffix}", op, loud, half=True, num_groups=2, eps=1e-5)
    family.write()
