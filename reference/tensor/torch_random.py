"""What PyTorch's CPU generator draws, for the tests of the generators.

    python -m reference.tensor.torch_random

A case is a seed and the draws that follow it on one generator: state and the kept half of a normal pair carry over.
Draws of more than KEPT elements keep their first, their last and every 97th element.
"""

import json

import torch

from .family import GOLDEN

KEPT = 80


def draw(generator: torch.Generator, op: str, *args) -> torch.Tensor:
    if op in ("rand", "randn"):
        return getattr(torch, op)(args[0], generator=generator).reshape(-1)
    if op == "randint":
        low, high, count = args
        return torch.randint(low, high, (count,), generator=generator)
    return torch.randperm(args[0], generator=generator)


def kept(size: int) -> list[int]:
    return list(range(size)) if size <= KEPT else sorted({*range(16), *range(size - 20, size), *range(0, size, 97)})


def record(generator: torch.Generator, op: str, *args) -> dict:
    values = draw(generator, op, *args)
    indices = kept(values.numel())
    row = {"op": op, "args": args, "values": values[indices].tolist()}
    return row if len(indices) == values.numel() else {**row, "indices": indices}


def case(seed: int, *draws: tuple) -> dict:
    generator = torch.Generator().manual_seed(seed)
    return {
        "seed": str(seed),
        "initialSeed": str(generator.initial_seed()),
        "draws": [record(generator, *one) for one in draws],
    }


SEEDS = [0, 1, 2, 42, 1234, 4321, 2**31, 2**32 - 1, 2**32, 2**32 + 1, 2**53 + 1, 2**63 - 1, 2**64 - 1, -1, -(2**63)]


def cases() -> list[dict]:
    rows = [case(seed, ("rand", [5]), ("randn", [3]), ("randn", [20]), ("randint", 50, 949, 3)) for seed in SEEDS]
    rows += [case(7, ("randn", [size]), ("rand", [1])) for size in (1, 2, 3, 15, 16, 17, 31, 32, 33, 64, 79)]
    rows += [
        # The kept normal outlives everything but another draw of fewer than 16.
        case(3, ("randn", [3]), ("randint", 0, 10, 2), ("randn", [16]), ("rand", [4]), ("randn", [2]), ("randn", [1])),
        case(5, ("randn", []), ("randn", [0]), ("randn", []), ("randperm", 4), ("randn", [1])),
        # One attempt after another, as the edit draws them.
        case(0, *[("randint", 50, 949, 1), ("randn", [1, 4, 64, 64])] * 3),
        case(1234, ("randn", [32, 4, 3, 3]), ("randn", [32]), ("randn", [1, 5, 7]), ("rand", [3, 5, 9])),
        case(11, *[("randint", 0, 2**28 + delta, 4) for delta in (-1, 0, 1)], ("randint", -5, 5, 9)),
        case(12, ("randint", 0, 2**32 - 1, 3), ("randint", 0, 2**32, 3), ("randint", -(2**51), 2**51, 3)),
        case(13, ("randint", -(2**31), 2**31, 6), ("randint", 0, 1, 2), ("rand", [2])),
        case(0, ("randperm", 10), ("randperm", 1), ("randperm", 0), ("randperm", 1000), ("rand", [1])),
    ]
    return rows


if __name__ == "__main__":
    (GOLDEN / "torch_random.json").write_text("[\n" + ",\n".join(json.dumps(row) for row in cases()) + "\n]\n")
