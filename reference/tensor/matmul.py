"""Batched matrix products with broadcast batches and transposed operands."""

import torch

from .family import Family


def matmul(a, b, *, transpose_a=False, transpose_b=False):
    return (a.mT if transpose_a else a) @ (b.mT if transpose_b else b)


def cancelling(family, rows, inner, columns):
    """f16 operands whose partial sums over `inner` pass 65504 while every result stays far below."""
    half = inner // 2
    sign = torch.cat([torch.ones(half), -torch.ones(inner - half)])
    a = 200 + family.integers(rows, inner, low=-4, high=5) / 4
    b = 100 * sign[:, None] + family.integers(inner, columns, low=-4, high=5) / 4
    return {"a": a, "b": b}


SIZES = {
    "Odd": (3, 5, 7), "Vec4": (4, 8, 12), "OneRow": (1, 9, 6), "OneColumn": (6, 9, 1), "OneInner": (5, 1, 3),
    "AllOnes": (1, 1, 1), "Mixed": (17, 20, 9),
}  # fmt: skip
LARGE_SIZES = {"AcrossTiles": (66, 17, 35), "WideTile": (5, 12, 130)}
BATCHES = {
    "Batched": ([3], [3]), "BatchedTwice": ([2, 3], [2, 3]), "BroadcastRight": ([2, 3], []),
    "BroadcastLeft": ([], [3]), "BroadcastBoth": ([2, 1], [1, 3]), "BroadcastRanks": ([2, 3], [3]),
    "BatchOfOne": ([1], [1]), "EmptyBatch": ([0], [0]),
}  # fmt: skip
TRANSPOSES = {
    "": (False, False), "TransposeA": (True, False), "TransposeB": (False, True),
    "TransposeBoth": (True, True),
}  # fmt: skip
VECTORS = {
    "rowMatrixTransposed": ([7], [3, 7], {"transpose_b": True}),
    "matrixTransposedColumn": ([2, 7, 3], [7], {"transpose_a": True}),
    "rowColumn": ([7], [7], {}),
}
LARGE_IN = {"AcrossTiles": ["", "TransposeA"], "WideTile": ["", "TransposeB"]}  # to keep the file small


def operands(family, sizes, transpose_a, transpose_b, batches=((), ())):
    m, k, n = sizes
    a = family.normal(*batches[0], *((k, m) if transpose_a else (m, k)))
    b = family.normal(*batches[1], *((n, k) if transpose_b else (k, n)))
    return {"a": a, "b": b}


def write():
    family = Family("matmul", {"matmul": matmul})
    for suffix, (transpose_a, transpose_b) in TRANSPOSES.items():
        flags = {"transpose_a": transpose_a, "transpose_b": transpose_b}
        args = {key: value for key, value in flags.items() if value}
        large = {name: size for name, size in LARGE_SIZES.items() if suffix in LARGE_IN[name]}
        for name, sizes in (SIZES | large).items():
            family.case(f"size{name}{suffix}", "matmul", operands(family, sizes, **flags), **args)
        for name, batches in BATCHES.items():
            sizes = (4, 8, 8) if name == "BatchedTwice" else (3, 5, 2)
            family.case(
                f"{name[0].lower()}{name[1:]}{suffix}",
                "matmul",
                operands(family, sizes, **flags, batches=batches),
                **args,
            )
        family.case(f"half{suffix}", "matmul", operands(family, (5, 24, 12), **flags), half=True, **args)
    family.case("emptyInner", "matmul", {"a": family.normal(3, 0), "b": family.normal(0, 2)})
    family.case("emptyRows", "matmul", {"a": family.normal(0, 3), "b": family.normal(3, 2)})
    family.case("emptyColumns", "matmul", {"a": family.normal(2, 3), "b": family.normal(3, 0)})
    family.case(
        "longInner", "matmul", {"a": family.normal(3, 1001), "b": family.normal(1001, 2)}, [], tolerance=1e-4
    )
    family.case("halfOdd", "matmul", {"a": family.normal(2, 3, 33), "b": family.normal(2, 33, 7)}, half=True)
    family.case("halfOverflow", "matmul", cancelling(family, 8, 64, 8), half=True)
    family.case("halfOverflowOdd", "matmul", cancelling(family, 3, 61, 5), half=True)
    for name, (a, b, args) in VECTORS.items():
        family.case(name, "matmul", {"a": family.normal(*a), "b": family.normal(*b)}, **args)
    family.write()
