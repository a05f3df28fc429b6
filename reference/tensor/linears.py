"""Several linear layers of one x: its product with each weight [in, out], plus each bias."""

from .family import Family
from .linear import linear


def linears(x, *operands, layers):
    weights, biases = operands[:layers], operands[layers:] or [None] * layers
    return tuple(linear(x, weight, bias) for weight, bias in zip(weights, biases))


# name: x, outputs of a layer, layers, whether they have a bias
CASES = {
    "vec4": ([2, 4, 8], 16, 3, False), "odd": ([7, 33], 10, 2, True), "row": ([1, 24], 12, 7, True),
    "acrossTiles": ([33, 24], 40, 3, True), "empty": ([0, 4], 8, 3, False),
}  # fmt: skip


def write():
    family = Family("linears", {"linears": linears})
    for name, case in CASES.items():
        for half in [False, True]:
            write_case(family, f"{name}{'Half' if half else ''}", *case, half=half, grads=[])
    # With gradients each layer is an operation of its own.
    write_case(family, "gradients", [3, 5], 6, 2, bias=True, half=False, grads=None)
    family.write()


def write_case(family, name, shape, out, layers, bias, half, grads):
    inputs = {"x": family.normal(*shape)}
    for i in range(layers):
        inputs[f"weight{i}"] = family.normal(shape[-1], out, scale=shape[-1] ** -0.5)
    for i in range(layers if bias else 0):
        inputs[f"bias{i}"] = family.normal(out)
    family.case(name, "linears", inputs, grads=grads, half=half, layers=layers)
