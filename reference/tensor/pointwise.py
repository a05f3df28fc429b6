"""Pointwise arithmetic, activations, comparisons and selection, with broadcasting."""

import torch
import torch.nn.functional as F

from .family import Family


def quick_gelu(x):
    return x * torch.sigmoid(1.702 * x)


def gelu_tanh(x):
    return F.gelu(x, approximate="tanh")


UNARY = {
    "neg": torch.neg, "abs": torch.abs, "sign": torch.sign, "exp": torch.exp, "log": torch.log,
    "sqrt": torch.sqrt, "rsqrt": torch.rsqrt, "sin": torch.sin, "cos": torch.cos, "tanh": torch.tanh,
    "sigmoid": torch.sigmoid, "relu": torch.relu, "silu": F.silu, "gelu": F.gelu,
    "geluTanh": gelu_tanh, "quickGelu": quick_gelu,
}  # fmt: skip
BINARY = {
    "add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div,
    "minimum": torch.minimum, "maximum": torch.maximum,
}  # fmt: skip
COMPARISONS = {
    "eq": torch.eq, "ne": torch.ne, "lt": torch.lt, "le": torch.le, "gt": torch.gt, "ge": torch.ge,
}  # fmt: skip
POSITIVE = {"log", "sqrt", "rsqrt"}
SATURATING = ["tanh", "sigmoid", "relu", "silu", "gelu", "geluTanh", "quickGelu"]
BROADCASTS = {
    "SameOdd": ([3, 5], [3, 5]),
    "SameVec4": ([2, 3, 8], [2, 3, 8]),
    "LastAxis": ([2, 3, 8], [8]),
    "Channels": ([2, 3, 3, 6], [2, 1, 1, 6]),
    "BothSides": ([4, 1, 5], [3, 1]),
    "Scalar": ([2, 3], []),
    "ScalarFirst": ([], [7]),
    "One": ([1], [1]),
    "Empty": ([0, 3], [3]),
}


def with_other(function):
    """A binary op that takes its second operand as a tensor or, by the option `other`, as a number."""

    def operation(a, b=None, *, other=None):
        return function(a, b if other is None else torch.as_tensor(other, dtype=a.dtype))

    return operation


def power(base, exponent_tensor=None, *, exponent=None):
    return torch.pow(base, exponent_tensor if exponent is None else exponent)


def unary_cases(family):
    for op in UNARY:
        draw = (lambda *shape: family.uniform(*shape, low=0.05, high=4)) if op in POSITIVE else (
            lambda *shape: family.normal(*shape, scale=1.5)
        )  # fmt: skip
        grads = [] if op == "sign" else None
        family.case(f"{op}Odd", op, {"x": draw(3, 5)}, grads)
        family.case(f"{op}Vec4", op, {"x": draw(2, 3, 8)}, grads)
        family.case(f"{op}Scalar", op, {"x": draw()}, grads)
        family.case(f"{op}Half", op, {"x": draw(3, 7)}, grads, half=True)
    family.case("reluEmpty", "relu", {"x": family.normal(0, 3)})
    extremes = torch.tensor([-1e4, -500.0, -100.0, -30.0, -9.0, -0.5, 0.5, 9.0, 30.0, 100.0, 500.0, 1e4])
    for op in SATURATING:
        family.case(f"{op}Extremes", op, {"x": extremes})
        family.case(f"{op}ExtremesHalf", op, {"x": extremes}, half=True)
    family.case("expUnderflow", "exp", {"x": torch.tensor([-1e4, -200.0, -20.0, 0.0, 1.0])})
    for op in ("sin", "cos"):
        family.case(f"{op}LargeAngles", op, {"x": family.uniform(9, low=-1000, high=1000)})
    for op in ("abs", "relu"):
        family.case(f"{op}AtZero", op, {"x": torch.tensor([-1.0, 0.0, 1.0])})
    family.case("signAtZero", "sign", {"x": torch.tensor([-2.5, 0.0, 2.5])}, [])


def binary_cases(family):
    for op in BINARY:
        for name, (left, right) in BROADCASTS.items():
            b = family.normal(*right)
            if op == "div":
                b = b.sign() * (b.abs() + 0.25)
            family.case(f"{op}{name}", op, {"a": family.normal(*left), "b": b})
        family.case(f"{op}Number", op, {"a": family.normal(3, 5)}, other=2.5)
        b = family.uniform(7, low=0.5, high=2)
        family.case(f"{op}Half", op, {"a": family.normal(3, 7), "b": b}, half=True)
    ties = {"a": torch.tensor([1.0, 2.0, 3.0]), "b": torch.tensor([1.0, 3.0, 2.0])}
    family.case("minimumTies", "minimum", ties)
    family.case("maximumTies", "maximum", ties)


def power_cases(family):
    for name, (left, right) in BROADCASTS.items():
        base = family.uniform(*left, low=0.2, high=3)
        family.case(f"pow{name}", "pow", {"base": base, "exponent": family.normal(*right)})
    for name, exponent in {"Square": 2, "Cube": 3, "Inverse": -1, "One": 1, "Zero": 0}.items():
        base = family.normal(3, 5)
        base = base.sign() * (base.abs() + 0.1)
        family.case(f"powNumber{name}", "pow", {"base": base}, exponent=exponent)
    family.case("powNumberFraction", "pow", {"base": family.uniform(3, 5, low=0.2, high=3)}, exponent=0.7)
    family.case("powNumberSquareAtZero", "pow", {"base": torch.tensor([-1.0, 0.0, 2.0])}, exponent=2)
    family.case("powHalf", "pow", {"base": family.uniform(3, 7, low=0.2, high=3)}, half=True, exponent=1.5)


def clamp_cases(family):
    family.case("clampBoth", "clamp", {"x": family.normal(3, 5)}, min=-0.5, max=0.75)
    family.case("clampMin", "clamp", {"x": family.normal(2, 8)}, min=0.25)
    family.case("clampMax", "clamp", {"x": family.normal(7)}, max=0.25)
    family.case("clampAtBounds", "clamp", {"x": torch.tensor([-2.0, -1.0, 0.0, 1.0, 2.0])}, min=-1, max=1)
    family.case("clampHalf", "clamp", {"x": family.normal(3, 7)}, half=True, min=-0.5, max=0.75)
    family.case("clampInt", "clamp", {"x": family.integers(7, low=-9)}, min=-3, max=5)


def comparison_cases(family):
    for op in COMPARISONS:
        for name in ("SameOdd", "BothSides", "Scalar", "Empty"):
            left, right = BROADCASTS[name]
            whole = {"a": family.integers(*left, high=3), "b": family.integers(*right, high=3)}
            family.case(f"{op}{name}", op, {key: value.float() for key, value in whole.items()})
        family.case(f"{op}Number", op, {"a": family.integers(3, 5, high=4).float()}, other=2)
        family.case(
            f"{op}Int", op, {"a": family.integers(7, low=-2, high=2), "b": family.integers(7, low=-2, high=2)}
        )


def where_cases(family):
    for name in ("SameOdd", "SameVec4", "BothSides", "Scalar", "Empty"):
        left, right = BROADCASTS[name]
        condition = family.uniform(*torch.broadcast_shapes(left, right)) > 0.5
        family.case(
            f"where{name}",
            "where",
            {"condition": condition, "a": family.normal(*left), "b": family.normal(*right)},
        )
    condition = family.uniform(3, 1) > 0.5
    family.case(
        "whereConditionBroadcast",
        "where",
        {"condition": condition, "a": family.normal(3, 5), "b": family.normal(5)},
    )
    family.case(
        "whereHalf",
        "where",
        {"condition": condition, "a": family.normal(3, 7), "b": family.normal(3, 7)},
        half=True,
    )
    whole = {"a": family.integers(3, 5), "b": family.integers(3, 5)}
    family.case("whereInt", "where", {"condition": condition, **whole})


def integer_cases(family):
    for op in ("add", "sub", "mul", "minimum", "maximum"):
        family.case(
            f"{op}Int",
            op,
            {"a": family.integers(3, 5, low=-1000, high=1000), "b": family.integers(5, low=-9)},
        )
    for op in ("neg", "abs", "sign"):
        family.case(f"{op}Int", op, {"x": family.integers(3, 5, low=-5, high=5)})


def write():
    operations = dict(UNARY)
    operations.update({op: with_other(function) for op, function in (BINARY | COMPARISONS).items()})
    operations.update({"pow": power, "clamp": torch.clamp, "where": torch.where})
    family = Family("pointwise", operations)
    for cases in (
        unary_cases, binary_cases, power_cases, clamp_cases, comparison_cases, where_cases, integer_cases,
    ):  # fmt: skip
        cases(family)
    family.write()
