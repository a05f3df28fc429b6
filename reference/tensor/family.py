"""Collects the cases of one family of operations and writes them as one safetensors file.

Inputs are exactly f32 (or f16); results and gradients are computed in float64 and rounded once, so that a
stored value is the truth and not one library's rounding.
"""

import json
import re
import zlib
from pathlib import Path

import torch
from safetensors.torch import save_file

GOLDEN = Path(__file__).parents[2] / "packages/tensor/test/golden"
MAX_BYTES = 300_000
DEFAULT_TOLERANCE = {"f32": 1e-5, "f16": 2e-3}
F16_MAX = 65504.0


def camel_case(name):
    joined = re.sub(r"_(\w)", lambda match: match.group(1).upper(), name)
    return joined[0].lower() + joined[1:]


def as_tuple(result):
    return tuple(result) if isinstance(result, (tuple, list)) else (result,)


def stored(tensor):
    """The form a result is stored in: floats as F32, integers as I32, booleans and U8 as they are."""
    if tensor.dtype == torch.float64:
        tensor = tensor.to(torch.float32)
    if tensor.dtype == torch.int64:
        tensor = tensor.to(torch.int32)
    return tensor.detach().clone(memory_format=torch.contiguous_format)


def evaluate(reference, inputs, args, grads, upstream, dtype):
    """Results and input gradients of `reference`, computed in `dtype`."""
    leaves = {}
    for name, value in inputs.items():
        leaves[name] = value.to(dtype) if value.is_floating_point() else value
        if name in grads:
            leaves[name] = leaves[name].clone().requires_grad_()
    outputs = as_tuple(reference(*leaves.values(), **args))
    if not grads:
        return outputs, {}
    used = [(out, up.to(dtype)) for out, up in zip(outputs, upstream) if up is not None]
    found = torch.autograd.grad(
        [out for out, _ in used], [leaves[name] for name in grads], [up for _, up in used]
    )
    return outputs, dict(zip(grads, found))


class Family:
    """The cases of one golden file; `operations` maps an op's name to its PyTorch reference."""

    def __init__(self, name, operations):
        self.name = name
        self.operations = operations
        self.cases = []
        self.tensors = {}
        self.generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))

    def normal(self, *shape, scale=1.0, offset=0.0):
        return torch.randn(shape, generator=self.generator) * scale + offset

    def uniform(self, *shape, low=0.0, high=1.0):
        return torch.rand(shape, generator=self.generator) * (high - low) + low

    def integers(self, *shape, low=0, high=10):
        return torch.randint(low, high, shape, generator=self.generator, dtype=torch.int32)

    def case(self, name, op, inputs, grads=None, half=False, tolerance=None, check=True, **args):
        """Adds a case. `grads` defaults to every floating input when the op has a floating result."""
        if any(case["name"] == name for case in self.cases):
            raise ValueError(f"{self.name}: two cases are called {name}")
        dtype = "f16" if half else "f32"
        if half:
            inputs = {key: self.rounded(value) for key, value in inputs.items()}
        reference = self.operations[op]
        shapes = evaluate(reference, inputs, args, [], [], torch.float64)[0]
        upstream = [self.upstream(out, half) for out in shapes]
        if grads is None:
            differentiable = any(up is not None for up in upstream)
            grads = [key for key, value in inputs.items() if differentiable and value.is_floating_point()]
        exact = evaluate(reference, inputs, args, grads, upstream, torch.float64)
        if check:
            single = evaluate(reference, inputs, args, grads, upstream, torch.float32)
            self.check(name, exact, single, tolerance or DEFAULT_TOLERANCE[dtype], half)
        self.store(name, inputs, exact, upstream if grads else [])
        entry = {"name": name, "op": op, "inputs": list(inputs)}
        entry["args"] = {camel_case(key): value for key, value in args.items()}
        entry["grads"] = grads
        if half:
            entry["dtype"] = dtype
        if tolerance:
            entry["tolerance"] = tolerance
        self.cases.append(entry)

    def rounded(self, value):
        return value.to(torch.float16) if value.is_floating_point() else value

    def upstream(self, out, half):
        if not out.is_floating_point():
            return None
        gradient = self.normal(*out.shape)
        return self.rounded(gradient) if half else gradient

    def check(self, name, exact, single, tolerance, half):
        """Refuses a case whose truth f32 arithmetic cannot reach, or that f16 storage cannot hold."""
        pairs = list(zip(exact[0], single[0])) + [(exact[1][key], single[1][key]) for key in exact[1]]
        for truth, seen in pairs:
            if not truth.is_floating_point() or truth.numel() == 0:
                continue
            scale = truth.abs().max().item()
            error = (truth - seen.to(torch.float64)).abs().max().item()
            if not (scale < (F16_MAX if half else 3e38) and error <= tolerance * scale):
                raise ValueError(
                    f"{self.name}/{name}: scale {scale}, f32 error {error}, tolerance {tolerance}"
                )

    def store(self, name, inputs, exact, upstream):
        outputs, gradients = exact
        suffixes = [""] if len(outputs) == 1 else range(len(outputs))
        named = dict(inputs)
        named.update({f"out{suffix}": out for suffix, out in zip(suffixes, outputs)})
        pairs = zip(suffixes, upstream)
        named.update({f"grad_out{suffix}": up for suffix, up in pairs if up is not None})
        named.update({f"grad_{key}": value for key, value in gradients.items()})
        self.tensors.update({f"{name}/{key}": stored(value) for key, value in named.items()})

    def write(self, max_bytes=MAX_BYTES):
        GOLDEN.mkdir(parents=True, exist_ok=True)
        path = GOLDEN / f"{self.name}.safetensors"
        save_file(self.tensors, path, metadata={"cases": json.dumps(self.cases)})
        size = path.stat().st_size
        if size > max_bytes:
            raise ValueError(
                f"{path.name} holds {size} bytes, more than the {max_bytes} kept in the repository"
            )
        print(f"{path.name}: {len(self.cases)} cases, {size} bytes")
