"""Losses; `reduction` is mean, sum or none.

Class targets of crossEntropy are indices [N] for logits [N, C].
"""

import torch.nn.functional as F

from .family import Family


def cross_entropy(input, target, *, reduction="mean"):
    return F.cross_entropy(input, target.long(), reduction=reduction)


def write():
    regressions = {"mseLoss": F.mse_loss, "l1Loss": F.l1_loss, "smoothL1Loss": F.smooth_l1_loss}
    family = Family("losses", {**regressions, "crossEntropy": cross_entropy})
    for reduction in ("mean", "sum", "none"):
        suffix = reduction.capitalize()
        for op in regressions:
            for name, shape in {"Odd": [3, 5], "Vec4": [2, 3, 8], "One": [1]}.items():
                pair = {"input": family.normal(*shape), "target": family.normal(*shape)}
                family.case(f"{op}{name}{suffix}", op, pair, reduction=reduction)
        for beta in (0.5, 2.0):
            pair = {"input": family.normal(3, 7), "target": family.normal(3, 7)}
            name = f"smoothL1LossBeta{'Half' if beta < 1 else 'Two'}{suffix}"
            family.case(name, "smoothL1Loss", pair, reduction=reduction, beta=beta)
        for name, (rows, classes) in {
            "Odd": (5, 7),
            "Vec4": (4, 8),
            "OneRow": (1, 3),
            "Many": (3, 300),
        }.items():
            inputs = {
                "input": family.normal(rows, classes, scale=2),
                "target": family.integers(rows, high=classes),
            }
            family.case(f"crossEntropy{name}{suffix}", "crossEntropy", inputs, reduction=reduction)
        large = {"input": family.normal(3, 5, scale=1e4), "target": family.integers(3, high=5)}
        family.case(f"crossEntropyLarge{suffix}", "crossEntropy", large, reduction=reduction)
    family.write()
