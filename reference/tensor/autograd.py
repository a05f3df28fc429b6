"""Whole graphs with shared subexpressions and coefficients other than 1; `formula` says how each is built."""

import torch
import torch.nn.functional as F

from .conv2d import conv2d
from .family import Family
from .group_norm import group_norm_silu


def shared_product(x, y):
    s = x * y
    return 3 * s + s * s - torch.sin(s)


def diamond(x, w):
    h = F.silu(x @ w)
    return h * h.sum(1, keepdim=True) - 0.5 * h.mean(0)


def squared_by_itself(x):
    return 0.25 * (x * x) + 2 * (x @ x.mT)


def detached(x, y):
    return 1.5 * x * (x * y).detach() + y


def broadcast_chain(x, row, scale):
    return torch.log(torch.exp(x * scale + row) + 1) * scale


def residual_block(x, norm_weight, norm_bias, weight, bias):
    h = conv2d(group_norm_silu(x, norm_weight, norm_bias, num_groups=2), weight, bias, padding=1)
    return 0.7 * (x + h) * 1.5


def attention_block(x, w_query, w_key, w_value):
    b, length, _ = x.shape
    q, k, v = (((x @ w).reshape(b, length, 2, 4)).transpose(1, 2) for w in (w_query, w_key, w_value))
    out = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, length, 8)
    return x + 0.3 * out


def scaled_loss(x, weight, target):
    h = F.layer_norm(x, x.shape[-1:])
    prediction = torch.tanh(h @ weight)
    return 2.5 * F.mse_loss(prediction, target) + 0.1 * (weight * weight).sum()


def two_paths_of_concat(x, y):
    joined = torch.cat([x, 2 * y], dim=1)
    left, right = joined[:, :3], joined[:, 2:]
    return left.sum(1) * 0.5 - (right * right).mean(1)


def unused_branch(x, y):
    pieces = torch.split(x * y, [2, 3], dim=1)
    return -4 * pieces[1]


GRAPHS = {
    "sharedProduct": (shared_product, "s = x * y; 3 * s + s * s - sin(s)"),
    "diamond": (diamond, "h = silu(matmul(x, w)); h * sum(h, 1, keepdim) - 0.5 * mean(h, 0)"),
    "squaredByItself": (squared_by_itself, "0.25 * (x * x) + 2 * matmul(x, x, transposeB)"),
    "detached": (detached, "1.5 * x * detach(x * y) + y"),
    "broadcastChain": (broadcast_chain, "log(exp(x * scale + row) + 1) * scale"),
    "residualBlock": (
        residual_block,
        "h = conv2d(groupNormSilu(x, 2 groups, normWeight, normBias, eps 1e-5), weight, bias, padding 1); "
        "0.7 * (x + h) * 1.5",
    ),
    "attentionBlock": (
        attention_block,
        "q, k, v = matmul(x, w) reshaped to [2, 5, 2 heads, 4]; "
        "x + 0.3 * reshape(scaledDotProductAttention(q, k, v), [2, 5, 8])",
    ),
    "scaledLoss": (
        scaled_loss,
        "h = layerNorm(x, eps 1e-5); "
        "2.5 * mseLoss(tanh(matmul(h, weight)), target) + 0.1 * sum(weight * weight)",
    ),
    "twoPathsOfConcat": (
        two_paths_of_concat,
        "j = concat([x, 2 * y], 1); l = j[:, 0:3]; r = j[:, 2:5]; sum(l, 1) * 0.5 - mean(r * r, 1)",
    ),
    "unusedBranch": (unused_branch, "p = split(x * y, [2, 3], 1); -4 * p[1]"),
}


def inputs_of(family):
    normal = family.normal
    return {
        "sharedProduct": {"x": normal(3, 5), "y": normal(5)},
        "diamond": {"x": normal(4, 3), "w": normal(3, 5)},
        "squaredByItself": {"x": normal(5, 5)},
        "detached": {"x": normal(7), "y": normal(7)},
        "broadcastChain": {"x": normal(2, 3, 4), "row": normal(1, 4), "scale": normal()},
        "residualBlock": {
            "x": normal(1, 4, 5, 6), "normWeight": normal(6), "normBias": normal(6),
            "weight": normal(3, 3, 6, 6, scale=0.2), "bias": normal(6),
        },
        "attentionBlock": {
            "x": normal(2, 5, 8),
            **{f"w{name}": normal(8, 8, scale=0.4) for name in ("Query", "Key", "Value")},
        },
        "scaledLoss": {"x": normal(3, 7), "weight": normal(7, 4), "target": normal(3, 4)},
        "twoPathsOfConcat": {"x": normal(3, 2), "y": normal(3, 3)},
        "unusedBranch": {"x": normal(3, 5), "y": normal(3, 5)},
    }  # fmt: skip


def write():
    def graph(function):
        return lambda *inputs, formula: function(*inputs)

    family = Family("autograd", {name: graph(function) for name, (function, _) in GRAPHS.items()})
    for name, inputs in inputs_of(family).items():
        family.case(name, name, inputs, formula=GRAPHS[name][1])
    family.write()
