"""Operations that move elements without changing them.

`slice` takes `start` and `end` for every axis, `pad` takes [before, after] for every axis, `split` takes the
`sizes` of the pieces along `dim`.
"""

import torch
import torch.nn.functional as F

from .family import Family


def slice_axes(x, *, start, end):
    return x[tuple(slice(first, last) for first, last in zip(start, end))]


def concat(*tensors, dim):
    return torch.cat(tensors, dim)


def stack(*tensors, dim):
    return torch.stack(tensors, dim)


def split(x, *, sizes, dim):
    return torch.split(x, sizes, dim)


def pad(x, *, padding, value=0.0):
    innermost_first = [side for pair in reversed(padding) for side in pair]
    return F.pad(x, innermost_first, value=value)


def permute(x, *, dims):
    return x.permute(dims)


def transpose(x, *, dim0, dim1):
    return x.transpose(dim0, dim1)


def reshape(x, *, shape):
    return x.reshape(shape)


def expand(x, *, shape):
    return x.expand(shape)


def repeat(x, *, repeats):
    return x.repeat(repeats)


def flip(x, *, dims):
    return x.flip(dims)


OPERATIONS = {
    "slice": slice_axes, "concat": concat, "stack": stack, "split": split, "pad": pad, "permute": permute,
    "transpose": transpose, "reshape": reshape, "expand": expand, "repeat": repeat, "flip": flip,
}  # fmt: skip

# name: op, input shape, options
ONE_INPUT = {
    "sliceOdd": ("slice", [5, 7], {"start": [1, 2], "end": [4, 7]}),
    "sliceVec4": ("slice", [3, 2, 8], {"start": [0, 1, 4], "end": [3, 2, 8]}),
    "sliceOneElement": ("slice", [3, 5], {"start": [2, 4], "end": [3, 5]}),
    "sliceWhole": ("slice", [3, 5], {"start": [0, 0], "end": [3, 5]}),
    "sliceEmpty": ("slice", [3, 5], {"start": [1, 0], "end": [1, 5]}),
    "splitEven": ("split", [3, 8], {"sizes": [4, 4], "dim": 1}),
    "splitUneven": ("split", [6, 3], {"sizes": [1, 3, 2], "dim": 0}),
    "splitLast": ("split", [2, 3, 7], {"sizes": [2, 5], "dim": -1}),
    "splitWhole": ("split", [3, 5], {"sizes": [5], "dim": 1}),
    "padOdd": ("pad", [3, 5], {"padding": [[1, 0], [2, 3]]}),
    "padValue": ("pad", [2, 4], {"padding": [[0, 1], [1, 1]], "value": -1.5}),
    "padImage": ("pad", [1, 3, 3, 4], {"padding": [[0, 0], [0, 1], [0, 1], [0, 0]]}),
    "padNothing": ("pad", [3, 5], {"padding": [[0, 0], [0, 0]]}),
    "padEmpty": ("pad", [0, 3], {"padding": [[1, 1], [0, 0]], "value": 2.0}),
    "permuteSwap": ("permute", [3, 5], {"dims": [1, 0]}),
    "permuteChannelsLast": ("permute", [2, 3, 4, 5], {"dims": [0, 2, 3, 1]}),
    "permuteReverse": ("permute", [2, 3, 4], {"dims": [2, 1, 0]}),
    "permuteSame": ("permute", [2, 3], {"dims": [0, 1]}),
    "permuteSizeOne": ("permute", [1, 7, 1], {"dims": [2, 0, 1]}),
    "permuteEmpty": ("permute", [0, 3, 2], {"dims": [2, 0, 1]}),
    "permuteFiveAxes": ("permute", [2, 1, 3, 2, 4], {"dims": [4, 0, 2, 1, 3]}),
    "transposeLast": ("transpose", [2, 3, 5], {"dim0": -1, "dim1": -2}),
    "transposeOuter": ("transpose", [2, 3, 4], {"dim0": 0, "dim1": 2}),
    "transposeAcrossTiles": ("transpose", [33, 19], {"dim0": 0, "dim1": 1}),
    "reshapeFlat": ("reshape", [3, 5], {"shape": [15]}),
    "reshapeInferred": ("reshape", [2, 3, 4], {"shape": [4, -1]}),
    "reshapeToScalar": ("reshape", [1, 1], {"shape": []}),
    "reshapeEmpty": ("reshape", [0, 3], {"shape": [3, 0]}),
    "expandRows": ("expand", [1, 5], {"shape": [3, 5]}),
    "expandNewAxis": ("expand", [3, 1], {"shape": [2, 3, 4]}),
    "expandScalar": ("expand", [], {"shape": [2, 3]}),
    "expandToEmpty": ("expand", [1, 3], {"shape": [0, 3]}),
    "repeatRows": ("repeat", [2, 3], {"repeats": [3, 1]}),
    "repeatBoth": ("repeat", [2, 5], {"repeats": [2, 2]}),
    "repeatNewAxis": ("repeat", [4], {"repeats": [2, 3]}),
    "repeatOnce": ("repeat", [2, 3], {"repeats": [1, 1]}),
    "flipLast": ("flip", [3, 5], {"dims": [1]}),
    "flipAll": ("flip", [2, 3, 4], {"dims": [0, 1, 2]}),
    "flipNegative": ("flip", [3, 8], {"dims": [-2]}),
    "flipEmpty": ("flip", [0, 3], {"dims": [1]}),
}
# name: op, input shapes, dim
SEVERAL_INPUTS = {
    "concatRows": ("concat", [[2, 5], [3, 5]], 0),
    "concatLastOdd": ("concat", [[2, 3], [2, 1], [2, 4]], -1),
    "concatLastVec4": ("concat", [[2, 3, 4], [2, 3, 8]], 2),
    "concatMiddle": ("concat", [[2, 1, 3], [2, 2, 3]], 1),
    "concatOne": ("concat", [[2, 3]], 0),
    "concatWithEmpty": ("concat", [[2, 3], [0, 3], [1, 3]], 0),
    "concatMany": ("concat", [[1, 3]] * 11, 0),
    "stackFirst": ("stack", [[2, 3], [2, 3]], 0),
    "stackLast": ("stack", [[3, 4], [3, 4], [3, 4]], -1),
    "stackMiddle": ("stack", [[2, 5], [2, 5]], 1),
    "stackScalars": ("stack", [[], [], []], 0),
}
TYPED = [
    "sliceOdd",
    "splitEven",
    "padImage",
    "permuteChannelsLast",
    "expandNewAxis",
    "repeatBoth",
    "flipLast",
    "reshapeFlat",
]


def write():
    family = Family("shape", OPERATIONS)
    for name, (op, shape, args) in ONE_INPUT.items():
        family.case(name, op, {"x": family.normal(*shape)}, **args)
    for name in TYPED:
        op, shape, args = ONE_INPUT[name]
        family.case(f"{name}Half", op, {"x": family.normal(*shape)}, half=True, **args)
        family.case(f"{name}Int", op, {"x": family.integers(*shape, low=-9)}, **args)
    for name, (op, shapes, dim) in SEVERAL_INPUTS.items():
        inputs = {f"x{index}": family.normal(*shape) for index, shape in enumerate(shapes)}
        family.case(name, op, inputs, dim=dim)
    family.case(
        "concatHalf", "concat", {"x0": family.normal(2, 3), "x1": family.normal(2, 5)}, half=True, dim=1
    )
    family.case("concatInt", "concat", {"x0": family.integers(2, 3), "x1": family.integers(2, 5)}, dim=1)
    family.write()
