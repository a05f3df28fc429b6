"""Reads by index: embedding (weight [V, C]), gather and indexSelect along `dim`.

Repeated indices add their gradients.
"""

import torch
import torch.nn.functional as F

from .family import Family


def embedding(weight, ids):
    return F.embedding(ids, weight)


def gather(x, index, *, dim):
    return torch.gather(x, dim, index.long())


def index_select(x, index, *, dim):
    return torch.index_select(x, dim, index)


def indices(*values):
    return torch.tensor(values, dtype=torch.int32)


def embedding_cases(family):
    shapes = {
        "Odd": (11, 5, [7]),
        "Vec4": (9, 8, [2, 6]),
        "OneRow": (1, 3, [4]),
        "OneId": (6, 4, []),
        "NoIds": (6, 4, [0]),
    }
    for name, (rows, width, shape) in shapes.items():
        ids = family.integers(*shape, high=rows)
        family.case(f"embedding{name}", "embedding", {"weight": family.normal(rows, width), "ids": ids})
    family.case(
        "embeddingRepeated", "embedding", {"weight": family.normal(5, 3), "ids": indices(2, 2, 2, 0, 4, 2)}
    )
    family.case(
        "embeddingHalf", "embedding", {"weight": family.normal(7, 8), "ids": indices(1, 6, 1)}, half=True
    )


def gather_cases(family):
    shapes = {
        "Last": ([3, 5], [3, 4], -1), "First": ([5, 3], [2, 3], 0), "Middle": ([2, 5, 3], [2, 7, 3], 1),
        "Narrower": ([4, 6], [2, 3], 1), "Empty": ([3, 5], [3, 0], 1),
    }  # fmt: skip
    for name, (shape, index_shape, dim) in shapes.items():
        index = family.integers(*index_shape, high=shape[dim])
        family.case(f"gather{name}", "gather", {"x": family.normal(*shape), "index": index}, dim=dim)
    repeated = torch.zeros(3, 4, dtype=torch.int32)
    family.case("gatherRepeated", "gather", {"x": family.normal(3, 5), "index": repeated}, dim=1)
    family.case("gatherHalf", "gather", {"x": family.normal(3, 5), "index": repeated + 2}, half=True, dim=1)
    family.case("gatherInt", "gather", {"x": family.integers(3, 5), "index": repeated + 1}, dim=1)


def index_select_cases(family):
    family.case(
        "indexSelectFirst", "indexSelect", {"x": family.normal(5, 3), "index": indices(4, 0, 2)}, dim=0
    )
    family.case("indexSelectLast", "indexSelect", {"x": family.normal(3, 5), "index": indices(1, 3)}, dim=-1)
    family.case(
        "indexSelectMiddle",
        "indexSelect",
        {"x": family.normal(2, 4, 8), "index": indices(3, 3, 0, 1, 3)},
        dim=1,
    )
    family.case(
        "indexSelectNone", "indexSelect", {"x": family.normal(3, 5), "index": family.integers(0)}, dim=1
    )
    family.case(
        "indexSelectHalf", "indexSelect", {"x": family.normal(3, 6), "index": indices(5, 5)}, half=True, dim=1
    )


def write():
    family = Family("indexing", {"embedding": embedding, "gather": gather, "indexSelect": index_select})
    for cases in (embedding_cases, gather_cases, index_select_cases):
        cases(family)
    family.write()
