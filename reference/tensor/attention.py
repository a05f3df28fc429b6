"""Scaled dot-product attention: query [B, Lq, H, D], key and value [B, Lk, H, D].

`mask` is added to the scores and broadcasts to [B, H, Lq, Lk]; `causal` hides keys after the query's index;
`scale` defaults to D ** -0.5. `attentionProbabilities` returns the output and the probabilities
[B, H, Lq, Lk], or with `headMean` their mean over heads [B, Lq, Lk].
"""

import torch
import torch.nn.functional as F

from .family import Family


def scaled_dot_product_attention(query, key, value, mask=None, *, causal=False, scale=None):
    heads_first = [x.transpose(1, 2) for x in (query, key, value)]
    out = F.scaled_dot_product_attention(*heads_first, attn_mask=mask, is_causal=causal, scale=scale)
    return out.transpose(1, 2)


def attention_probabilities(query, key, value, *, scale=None, head_mean=False):
    scale = scale or query.shape[-1] ** -0.5
    probabilities = torch.einsum("bqhd,bkhd->bhqk", query * scale, key).softmax(-1)
    out = torch.einsum("bhqk,bkhd->bqhd", probabilities, value)
    return out, probabilities.mean(1) if head_mean else probabilities


# name: B, Lq, Lk, H, D
SIZES = {
    "self": (2, 6, 6, 2, 8), "cross": (1, 5, 7, 2, 8), "headDim5": (1, 5, 6, 3, 5),
    "headDim40": (1, 9, 7, 2, 40),
    "headDim64": (1, 5, 6, 1, 64), "headDim80": (1, 6, 5, 1, 80), "headDim160": (1, 3, 5, 1, 160),
    "oneQuery": (2, 1, 9, 1, 8), "oneKey": (1, 5, 1, 2, 8), "oneOfAll": (1, 1, 1, 1, 1),
    "acrossTiles": (1, 67, 77, 1, 8), "manyKeys": (1, 3, 301, 1, 8), "emptyBatch": (0, 3, 4, 1, 8),
}  # fmt: skip


def operands(family, b, lq, lk, h, d):
    return {
        name: family.normal(b, length, h, d) for name, length in (("query", lq), ("key", lk), ("value", lk))
    }


def masked_cases(family, op):
    inputs = operands(family, 2, 5, 6, 2, 8)
    trainable = list(inputs)
    hidden = family.uniform(5, 6) < 0.4
    hidden[:, 2] = False  # every query keeps a key
    hiding = torch.zeros(5, 6).masked_fill(hidden, float("-inf"))
    family.case("maskHides", op, inputs | {"mask": hiding}, trainable)
    family.case("maskPerBatchAndHead", op, inputs | {"mask": family.normal(2, 2, 5, 6)}, trainable)
    family.case("maskPerBatch", op, inputs | {"mask": family.normal(2, 1, 1, 6)}, trainable)
    padding = torch.zeros(2, 1, 1, 6)
    padding[0, ..., 4:] = float("-inf")
    padding[1, ..., 1:] = float("-inf")
    family.case("maskPadding", op, inputs | {"mask": padding}, trainable)
    late = torch.zeros(1, 1, 3, 70)
    late[..., :66] = float("-inf")  # whole tiles of keys hidden before the first visible one
    family.case("maskHidesFirstTiles", op, operands(family, 1, 3, 70, 1, 8) | {"mask": late}, trainable)


def half_cases(family, op):
    for name, sizes in {
        "half": (2, 6, 6, 2, 8),
        "halfHeadDim40": (1, 9, 7, 2, 40),
        "halfHeadDim64": (1, 5, 6, 1, 64),
    }.items():
        family.case(name, op, operands(family, *sizes), half=True)
    family.case("halfCausal", op, operands(family, 1, 9, 9, 1, 8), half=True, causal=True)
    sign = torch.cat([torch.ones(32), -torch.ones(32)])
    query = 64 + family.integers(1, 5, 1, 64, low=-1, high=2) / 4
    key = 64 * sign + family.integers(1, 6, 1, 64, low=-1, high=2) / 4
    inputs = {"query": query, "key": key, "value": family.normal(1, 6, 1, 64)}
    # The gradients of query and key cancel beyond what f16 probabilities can carry.
    family.case("halfOverflow", op, inputs, ["value"], half=True)


def write():
    op = "scaledDotProductAttention"
    family = Family(
        "attention", {op: scaled_dot_product_attention, "attentionProbabilities": attention_probabilities}
    )
    for name, sizes in SIZES.items():
        # With one key the probability is 1 whatever the scores, and their gradient is zero.
        grads = ["value"] if sizes[2] == 1 else None
        family.case(name, op, operands(family, *sizes), grads)
    family.case("scale", op, operands(family, 1, 5, 6, 2, 8), scale=0.7)
    family.case("sharpScores", op, operands(family, 1, 5, 6, 1, 8), scale=20.0, tolerance=1e-4)
    family.case("causal", op, operands(family, 2, 7, 7, 2, 5), causal=True)
    family.case("causalAcrossTiles", op, operands(family, 1, 69, 69, 1, 4), causal=True)
    family.case("causalMoreKeys", op, operands(family, 1, 4, 6, 1, 8), causal=True)
    family.case("causalMoreQueries", op, operands(family, 1, 6, 4, 1, 8), causal=True)
    masked_cases(family, op)
    half_cases(family, op)
    family.case("probabilities", "attentionProbabilities", operands(family, 2, 5, 6, 2, 8))
    family.case(
        "probabilitiesHeadMean", "attentionProbabilities", operands(family, 1, 5, 7, 3, 5), head_mean=True
    )
    family.case("probabilitiesScale", "attentionProbabilities", operands(family, 1, 4, 4, 1, 40), scale=0.5)
    family.write()
