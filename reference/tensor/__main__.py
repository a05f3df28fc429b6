"""Writes the golden files of packages/tensor: all of them, or the families named as arguments."""

import importlib
import sys

import torch

FAMILIES = [
    "pointwise", "cast", "reduce", "cumsum", "matmul", "linear", "conv2d", "groupNorm", "layerNorm",
    "softmax", "attention", "attentionMap", "geglu", "indexing", "shape", "interpolate", "pool2d", "losses", "optim",
    "autograd", "classifier", "opDb",
]  # fmt: skip


def module_name(family):
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in family)


def main():
    torch.set_num_threads(1)  # a fixed order of summation, so that files come out byte for byte
    for family in sys.argv[1:] or FAMILIES:
        if family not in FAMILIES:
            raise SystemExit(f"no family is called {family}; the families are {', '.join(FAMILIES)}")
        importlib.import_module(f"reference.tensor.{module_name(family)}").write()


main()
