"""Reductions over any axes: `dim` is a number, a list, or absent for all; `keepdim` keeps them as 1."""

import torch

from .family import Family


def every(x, dim):
    return list(range(x.ndim)) if dim is None else dim


def reduce_sum(x, *, dim=None, keepdim=False):
    return torch.sum(x, dim=every(x, dim), keepdim=keepdim)


def mean(x, *, dim=None, keepdim=False):
    return torch.mean(x, dim=every(x, dim), keepdim=keepdim)


def var(x, *, dim=None, keepdim=False, correction=1):
    return torch.var(x, dim=every(x, dim), keepdim=keepdim, correction=correction)


def std(x, *, dim=None, keepdim=False, correction=1):
    return torch.std(x, dim=every(x, dim), keepdim=keepdim, correction=correction)


def amin(x, *, dim=None, keepdim=False):
    return torch.amin(x, dim=every(x, dim), keepdim=keepdim)


def amax(x, *, dim=None, keepdim=False):
    return torch.amax(x, dim=every(x, dim), keepdim=keepdim)


def norm(x, *, p=2, dim=None, keepdim=False):
    return torch.linalg.vector_norm(x, ord=float(p), dim=every(x, dim), keepdim=keepdim)


SHAPES = {
    "All": ([3, 5], {}),
    "Vec4Last": ([4, 8], {"dim": -1}),
    "OddLast": ([2, 3, 7], {"dim": 2}),
    "Middle": ([2, 3, 7], {"dim": 1}),
    "First": ([5, 4], {"dim": 0, "keepdim": True}),
    "OuterAndInner": ([2, 3, 7], {"dim": [0, 2]}),
    "Adjacent": ([2, 3, 2, 5], {"dim": [1, 2], "keepdim": True}),
    "KeepAll": ([2, 3, 4], {"keepdim": True}),
    "Long": ([2, 521], {"dim": 1}),
}
ONE_AXIS = ["All", "Vec4Last", "OddLast", "Middle", "First", "Long"]
NORMS = {"One": 1, "Two": 2, "Inf": "inf"}


def shape_cases(family):
    for name, (shape, args) in SHAPES.items():
        for op in ("sum", "mean", "min", "max"):
            family.case(f"{op}{name}", op, {"x": family.normal(*shape)}, **args)
        for op in ("var", "std"):
            for correction in (0, 1):
                case = f"{op}{name}Correction{correction}"
                family.case(case, op, {"x": family.normal(*shape)}, **args, correction=correction)
        for suffix, p in NORMS.items():
            family.case(f"norm{suffix}{name}", "norm", {"x": family.normal(*shape)}, **args, p=p)
    for name in ONE_AXIS:
        shape, args = SHAPES[name]
        for op in ("argmin", "argmax"):
            family.case(f"{op}{name}", op, {"x": family.normal(*shape)}, **args)


def small_cases(family):
    for op in ("sum", "mean", "min", "max", "norm"):
        family.case(f"{op}One", op, {"x": family.normal(1)})
        family.case(f"{op}SizeOneAxis", op, {"x": family.normal(3, 1, 5)}, dim=1)
    family.case("sumScalar", "sum", {"x": family.normal()})
    family.case("sumEmptyAxis", "sum", {"x": family.normal(0, 3)}, dim=0)
    family.case("sumEmptyAll", "sum", {"x": family.normal(2, 0)})
    family.case("sumEmptyResult", "sum", {"x": family.normal(0, 3)}, dim=1)
    family.case("normEmptyAxis", "norm", {"x": family.normal(0, 3)}, dim=0, p=2)
    family.case("sumInt", "sum", {"x": family.integers(3, 7, low=-1000, high=1000)}, dim=1)
    family.case("maxInt", "max", {"x": family.integers(3, 7, low=-1000, high=1000)}, dim=1)


def hard_cases(family):
    ties = torch.tensor([[1.0, 3.0, 3.0, 0.0], [2.0, 2.0, 2.0, 2.0], [-1.0, -5.0, -5.0, -2.0]])
    for op in ("min", "max", "argmin", "argmax"):
        family.case(f"{op}Ties", op, {"x": ties}, dim=1)
    family.case("normInfTies", "norm", {"x": ties}, dim=1, p="inf")
    family.case("normTwoZeroRow", "norm", {"x": torch.tensor([[0.0, 0.0], [3.0, 4.0]])}, dim=1, p=2)
    offset = family.normal(3, 501, offset=1000)
    family.case("varLargeOffset", "var", {"x": offset}, dim=1, tolerance=1e-4)
    family.case("stdLargeOffset", "std", {"x": offset}, dim=1, tolerance=1e-4)
    family.case("maxAllNegative", "max", {"x": family.uniform(3, 5, low=-9, high=-8)}, dim=1)
    family.case("minAllPositive", "min", {"x": family.uniform(3, 5, low=8, high=9)}, dim=1)
    family.case("sumVeryLong", "sum", {"x": family.uniform(9001)}, [], tolerance=1e-4)


def half_cases(family):
    for op in ("sum", "mean", "var", "std", "min", "max", "norm", "argmax"):
        family.case(f"{op}Half", op, {"x": family.normal(3, 7)}, half=True, dim=1)
    # Two rising halves that cancel: partial sums pass 65504, the result does not.
    cancelling = torch.cat(
        [family.uniform(2, 8, low=2e4, high=3e4), family.uniform(2, 8, low=-3e4, high=-2e4)], dim=1
    )
    family.case("sumHalfOverflow", "sum", {"x": cancelling}, half=True, dim=1)
    large = family.normal(2, 65, scale=5, offset=2000)
    for op in ("mean", "norm", "std"):
        family.case(f"{op}HalfOverflow", op, {"x": large}, half=True, dim=1)


def order_cases(family):
    """Norms of other orders; magnitudes are kept from 0, where those below 1 have no bounded gradient."""
    for name, p in {"Zero": 0, "Half": 0.5, "Three": 3, "MinusOne": -1, "MinusInf": "-inf"}.items():
        signs = family.integers(3, 7, low=0, high=2) * 2 - 1
        x = family.uniform(3, 7, low=0.5, high=4) * signs
        grads = [] if p == 0 else None  # PyTorch has none: the number of what is not 0 is constant
        family.case(f"norm{name}Order", "norm", {"x": x}, grads, dim=1, p=p)
        family.case(f"norm{name}OrderHalf", "norm", {"x": x}, grads, half=True, dim=1, p=p)
    zeros = torch.tensor([[0.0, 0.0], [0.0, 4.0]])
    for name, p in {"Half": 0.5, "Three": 3}.items():
        family.case(f"norm{name}OrderZeros", "norm", {"x": zeros}, dim=1, p=p)
    large = family.uniform(2, 5, low=1e4, high=2e4)
    family.case("normEighthOrderLarge", "norm", {"x": large}, dim=1, p=8)


def write():
    operations = {
        "sum": reduce_sum, "mean": mean, "var": var, "std": std, "min": amin, "max": amax,
        "argmin": torch.argmin, "argmax": torch.argmax, "norm": norm,
    }  # fmt: skip
    family = Family("reduce", operations)
    for cases in (shape_cases, small_cases, hard_cases, half_cases, order_cases):
        cases(family)
    family.write()
