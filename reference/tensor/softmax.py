"""Softmax and its logarithm along any axis."""

import torch

from .family import Family

CASES = {
    "Last": ([3, 5], -1), "Vec4Last": ([2, 3, 8], 2), "First": ([5, 3], 0), "Middle": ([2, 7, 3], 1),
    "Vector": ([9], 0), "SizeOne": ([3, 1], 1), "Long": ([2, 1031], 1), "Empty": ([0, 4], 1),
}  # fmt: skip


def write():
    family = Family("softmax", {"softmax": torch.softmax, "logSoftmax": torch.log_softmax})
    for op in ("softmax", "logSoftmax"):
        for name, (shape, dim) in CASES.items():
            family.case(f"{op}{name}", op, {"x": family.normal(*shape, scale=2)}, dim=dim)
        large = torch.tensor([[1e4, 9999.0, 9990.0], [-1e4, -10002.0, -9999.5], [1e4, -1e4, 0.0]])
        family.case(f"{op}Large", op, {"x": large}, dim=1)
        family.case(f"{op}Equal", op, {"x": torch.full((2, 5), 3.25)}, dim=1)
        family.case(f"{op}Half", op, {"x": family.normal(3, 7, scale=2)}, half=True, dim=1)
        loud = torch.tensor([[6e4, 59968.0, 500.0, 6e4], [11.0, 12.0, 12.5, 8.0]])
        family.case(f"{op}HalfLarge", op, {"x": loud}, half=True, dim=1)
        family.case(f"{op}HalfLong", op, {"x": family.normal(1, 600)}, half=True, dim=1)
    family.write()
