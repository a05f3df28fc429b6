"""Losses; `reduction` is mean, sum or none.

Targets of crossEntropy are classes [..] or probabilities [.., C] for logits [.., C].
"""

import torch
import torch.nn.functional as F

from .family import Family


def cross_entropy(input, target, weight=None, *, ignore_index=-100, **options):
    logits = input.movedim(-1, 1) if input.ndim > 1 else input
    if not target.is_floating_point():
        return F.cross_entropy(logits, target.long(), weight, ignore_index=ignore_index, **options)
    probabilities = target.movedim(-1, 1) if target.ndim > 1 else target
    return F.cross_entropy(logits, probabilities, weight, **options)


def cross_entropy_cases(family, reduction):
    """Weights, ignored classes and smoothing, of classes and of probabilities, with axes between."""
    smoothing = {"label_smoothing": 0.1}
    for name, (shape, weighted, options) in {
        "Axes": ([2, 3, 5], False, {}),
        "OneSample": ([6], False, {}),
        "Weight": ([4, 5], True, {}),
        "Ignore": ([2, 4, 3], False, {"ignore_index": 1}),
        "Smoothing": ([4, 5], False, smoothing),
        "Everything": ([2, 4, 3], True, {"ignore_index": 2, **smoothing}),
    }.items():
        weight = {"weight": family.uniform(shape[-1], low=0.5, high=2)} if weighted else {}
        logits = family.normal(*shape, scale=2)
        classes = {"input": logits, "target": family.integers(*shape[:-1], high=shape[-1]), **weight}
        title = f"crossEntropy{name}{reduction.capitalize()}"
        family.case(title, "crossEntropy", classes, ["input"], reduction=reduction, **options)
        if "ignore_index" in options:
            continue
        target = torch.softmax(family.normal(*shape), -1)
        likely = {"input": logits, "target": target, **weight}
        grads = ["input", "target"]
        family.case(f"{title}Soft", "crossEntropy", likely, grads, reduction=reduction, **options)


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
    for reduction in ("mean", "sum", "none"):
        cross_entropy_cases(family, reduction)
    family.write()
