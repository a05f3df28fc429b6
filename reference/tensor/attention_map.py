"""The weights of attention alone: query [B, Lq, H, D] and key [B, Lk, H, D] give [B, H, Lq, Lk].

With `headMean` their mean over heads, [B, Lq, Lk]. `mask`, `causal` and `scale` are those of `attention.py`.
"""

import torch

from .family import Family


def attention_map(query, key, mask=None, *, causal=False, scale=None, head_mean=False):
    scale = scale or query.shape[-1] ** -0.5
    scores = torch.einsum("bqhd,bkhd->bhqk", query * scale, key)
    if mask is not None:
        scores = scores + mask
    if causal:
        scores = scores.masked_fill(torch.ones(scores.shape[-2:]).triu(1).bool(), float("-inf"))
    probabilities = scores.softmax(-1)
    return probabilities.mean(1) if head_mean else probabilities


# name: B, Lq, Lk, H, D
SIZES = {
    "oneOfAll": (1, 1, 1, 1, 1), "oneKey": (1, 5, 1, 2, 8), "headDim5": (2, 5, 6, 3, 5),
    "acrossTiles": (1, 67, 77, 2, 8), "headDim40": (2, 9, 7, 2, 40), "headDim160": (1, 3, 5, 2, 160),
    "emptyBatch": (0, 3, 4, 2, 8),
}  # fmt: skip


def operands(family, b, lq, lk, h, d):
    return {"query": family.normal(b, lq, h, d), "key": family.normal(b, lk, h, d)}


def write():
    op, mean = "attentionMap", {"head_mean": True}
    family = Family(op, {op: attention_map})
    # The result of halves is f32, of products which f32 holds exactly.
    for kind in {}, {"half": True, "tolerance": 1e-5}:
        prefix = "half " if kind else ""
        for name, sizes in SIZES.items():
            family.case(f"{prefix}{name}", op, operands(family, *sizes), [], **kind, **mean)
        family.case(f"{prefix}everyHead", op, operands(family, 2, 7, 19, 3, 8), [], **kind)
        family.case(f"{prefix}scale", op, operands(family, 1, 5, 6, 2, 8), [], **kind, scale=0.7, **mean)
        causal = {"causal": True} | mean
        family.case(f"{prefix}causal", op, operands(family, 1, 19, 19, 2, 8), [], **kind, **causal)
        family.case(f"{prefix}causalMoreQueries", op, operands(family, 1, 9, 5, 2, 8), [], **kind, **causal)
    for name, shape in {"maskPerHead": (2, 9, 19), "maskPerBatch": (2, 1, 1, 19)}.items():
        mask = family.normal(*shape).masked_fill(family.uniform(*shape) < 0.4, float("-inf"))
        mask[..., 2] = 0  # every query keeps a key
        inputs = operands(family, 2, 9, 19, 2, 8)
        family.case(name, op, inputs | {"mask": mask}, [], **mean)
        family.case(f"{name}EveryHead", op, inputs | {"mask": mask}, [])
        family.case(f"{name}Gradients", op, inputs | {"mask": mask}, **mean)
    family.case("everyHeadGradients", op, operands(family, 2, 5, 6, 2, 8), causal=True)
    family.write()
