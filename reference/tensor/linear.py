"""x [.., in] times weight [in, out], plus bias [out], plus a residual of the result's shape."""

import torch.nn.functional as F

from .family import Family
from .geglu import geglu
from .matmul import cancelling


def linear(x, weight, bias=None):
    product = x @ weight
    return product if bias is None else product + bias


def linear_add(x, weight, bias, add):
    return linear(x, weight, bias) + add


def linear_activated(x, weight, bias=None, *, activation):
    product = linear(x, weight, bias)
    return F.silu(product) if activation == "silu" else geglu(product)


SHAPES = {
    "odd": ([3, 5], 7), "vec4": ([4, 8], 12), "vector": ([6], 4), "sequence": ([2, 5, 12], 9),
    "image": ([1, 3, 3, 8], 16), "oneInput": ([5, 1], 3), "oneOutput": ([5, 7], 1), "one": ([1, 1], 1),
    "acrossTiles": ([65, 20], 36), "empty": ([0, 3], 2),
}  # fmt: skip


def operands(family, shape, out, bias):
    fan_in = shape[-1]
    inputs = {"x": family.normal(*shape), "weight": family.normal(fan_in, out, scale=fan_in**-0.5)}
    return inputs | {"bias": family.normal(out)} if bias else inputs


def write():
    family = Family("linear", {"linear": linear, "linearAdd": linear_add, "linearActivated": linear_activated})
    for name, (shape, out) in SHAPES.items():
        family.case(name, "linear", operands(family, shape, out, bias=True))
        family.case(f"{name}NoBias", "linear", operands(family, shape, out, bias=False))
    family.case("half", "linear", operands(family, [2, 5, 24], 12, bias=True), half=True)
    family.case("halfOddNoBias", "linear", operands(family, [7, 33], 5, bias=False), half=True)
    overflow = cancelling(family, 8, 64, 8)
    inputs = {"x": overflow["a"], "weight": overflow["b"], "bias": family.normal(8, scale=100)}
    family.case("halfOverflow", "linear", inputs, half=True)
    for name in ["odd", "vec4", "image", "oneOutput", "acrossTiles", "empty"]:
        write_add(family, f"{name}Add", *SHAPES[name])
    write_add(family, "halfAdd", [2, 5, 24], 12, half=True)
    write_add(family, "halfOddAdd", [7, 33], 5, half=True)
    for name, (shape, out) in ACTIVATED.items():
        for activation in ["silu", "geglu"]:
            for half in [False, True]:
                write_activated(family, name, shape, out, activation, half)
    write_activated(family, "gradients", [3, 5], 6, "silu", half=False, grads=None)
    write_activated(family, "gradients", [3, 5], 6, "geglu", half=False, grads=None)
    family.write()


# Outputs of whole groups of eight can be activated in matrix units.
ACTIVATED = {"vec4": ([4, 8], 16), "odd": ([7, 33], 10), "acrossTiles": ([33, 24], 40), "empty": ([0, 4], 8)}


def write_activated(family, name, shape, out, activation, half, grads=()):
    inputs = operands(family, shape, out, bias=name != "odd")
    full = f"{name}{activation.capitalize()}{'Half' if half else ''}"
    grads = None if grads is None else list(grads)
    family.case(full, "linearActivated", inputs, grads=grads, half=half, activation=activation)


def write_add(family, name, shape, out, half=False):
    inputs = operands(family, shape, out, bias=True) | {"add": family.normal(*shape[:-1], out)}
    family.case(name, "linearAdd", inputs, half=half)
