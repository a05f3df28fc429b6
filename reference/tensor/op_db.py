"""PyTorch's own operator inputs (op_db of torch.testing) for the operations that packages/tensor has.

An operation is called as in op_db, `name` or `name:variant`, and its arguments as here; those left out of a sample
are left out of the case. Tensors keep PyTorch's layouts.
"""

import warnings
from collections import Counter

import torch
from torch.testing._internal.common_methods_invocations import op_db

from .family import DEFAULT_TOLERANCE, Family, as_tuple, camel_case, evaluate

SEED = 20
SLACK = 4.0  # times PyTorch's own f32 error: another order of the same sums may be that far off
MAX_ELEMENTS = 5000
MAX_BYTES = 2_500_000

POINTWISE = [
    "abs", "neg", "sign", "exp", "log", "sqrt", "rsqrt", "sin", "cos", "tanh", "sigmoid", "clone",
    "nn.functional.relu", "nn.functional.silu",
]  # fmt: skip
BINARY = [
    "mul", "maximum", "minimum", "max:binary", "min:binary", "eq", "ne", "lt", "le", "gt", "ge",
]  # fmt: skip
PAD_VARIANTS = ["constant", "reflect", "replicate", "replicate_negative", "circular"]
DIV_VARIANTS = ["no_rounding_mode", "trunc_rounding", "floor_rounding"]
NORM_VARIANTS = ["norm", "norm:fro", "norm:inf", "norm:nuc"]
OPERATIONS = {
    **dict.fromkeys(POINTWISE, "input"),
    **dict.fromkeys(BINARY, "input other"),
    **dict.fromkeys(["bool", "float", "half", "int"], "input"),
    **dict.fromkeys(["add", "sub"], "input other alpha"),
    **{f"div:{variant}": "input other rounding_mode" for variant in DIV_VARIANTS},
    "pow": "input exponent",
    "nn.functional.gelu": "input approximate",
    "clamp": "input min max",
    "where": "input condition other",
    **dict.fromkeys(["sum", "mean", "amax", "amin", "argmax", "argmin"], "input dim keepdim"),
    **dict.fromkeys(["max:reduction_no_dim", "min:reduction_no_dim"], "input"),
    **dict.fromkeys(["var", "std"], "input dim unbiased keepdim"),
    **dict.fromkeys(["var:unbiased", "std:unbiased"], "input unbiased"),
    "linalg.vector_norm": "input ord dim keepdim",
    **dict.fromkeys(NORM_VARIANTS, "input p dim keepdim"),
    "cumsum": "input dim",
    **dict.fromkeys(["softmax", "softmax:with_dtype", "log_softmax", "log_softmax:with_dtype"], "input dim"),
    "matmul": "input other",
    **dict.fromkeys(["mm", "bmm"], "input mat2"),
    "nn.functional.linear": "input weight bias",
    "nn.functional.conv2d": "input weight bias stride padding dilation groups",
    "nn.functional.group_norm": "input num_groups weight bias eps",
    "nn.functional.layer_norm": "input normalized_shape weight bias eps",
    "nn.functional.scaled_dot_product_attention": "query key value attn_mask dropout_p is_causal",
    "nn.functional.embedding": "weight input",
    "gather": "input dim index",
    "index_select": "input dim index",
    "slice": "input dim start end step",
    "narrow": "input dim start length",
    **dict.fromkeys(["cat", "stack"], "tensors dim"),
    **dict.fromkeys(["split", "split:list_args", "split_with_sizes"], "input split_size dim"),
    **{f"nn.functional.pad:{variant}": "input pad mode value" for variant in PAD_VARIANTS},
    **dict.fromkeys(["permute", "flip"], "input dims"),
    "transpose": "input dim0 dim1",
    **dict.fromkeys(["reshape", "view"], "input shape"),
    "flatten": "input start_dim end_dim",
    **dict.fromkeys(["squeeze", "squeeze:multiple", "unsqueeze"], "input dim"),
    "expand": "input size",
    "repeat": "input repeats",
    **{f"nn.functional.interpolate:{mode}": "input size" for mode in ("nearest", "bilinear", "bicubic")},
    "nn.functional.upsample_nearest": "input size",
    "nn.functional.upsample_bilinear": "input size",
    **{f"nn.functional.{loss}": "input target" for loss in ("mse_loss", "l1_loss", "smooth_l1_loss")},
    "nn.functional.cross_entropy": "input target weight",
    **dict.fromkeys(["zeros", "ones"], "size"),
    "full": "size fill_value",
    "arange": "start end step",
    "linspace": "start end steps",
}


def plain(value):
    """An argument as JSON and TypeScript have it: infinities and dtypes by name."""
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (torch.dtype, torch.memory_format)):
        return str(value).removeprefix("torch.")
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return str(value)
    return value


def is_list_of_tensors(value):
    return isinstance(value, (list, tuple)) and len(value) > 0 and isinstance(value[0], torch.Tensor)


class Call:
    """A sample's arguments by name, tensors apart, and how PyTorch is called with other tensors in their places."""

    def __init__(self, op, sample, names):
        self.op = op
        self.tensors = {}
        values = [sample.input, *sample.args]
        if len(values) > len(names):
            raise ValueError(f"{op.name}: a sample has {len(values)} positional arguments, named are {names}")
        named = [*zip(names, values), *sample.kwargs.items()]
        self.args = {camel_case(name): plain(value) for name, value in named if self.is_plain(name, value)}
        self.template = (tuple(map(self.slot, names, values)), {
            name: self.slot(name, value) for name, value in sample.kwargs.items()
        })  # fmt: skip

    @staticmethod
    def is_plain(name, value):
        tensor = isinstance(value, torch.Tensor) or is_list_of_tensors(value)
        return not tensor and value is not None and name != "device"

    def slot(self, name, value):
        """A function that takes the argument from a dict of tensors, in the float type that is computed in."""
        if isinstance(value, torch.Tensor):
            key = camel_case(name)
            self.tensors[key] = value
            return lambda tensors, _: tensors[key]
        if is_list_of_tensors(value):
            slots = [self.slot(f"{name}{i}", item) for i, item in enumerate(value)]
            return lambda tensors, dtype: [slot(tensors, dtype) for slot in slots]
        return lambda _, dtype: dtype if value is torch.float32 else value

    def function(self, dtype):
        """PyTorch's operation of the tensors alone."""
        args, kwargs = self.template

        def call(*leaves):
            tensors = dict(zip(self.tensors, leaves))
            return self.op.op(
                *[slot(tensors, dtype) for slot in args],
                **{name: slot(tensors, dtype) for name, slot in kwargs.items()},
            )

        return call

    def evaluate(self, dtype, grads=(), upstream=()):
        """Results and input gradients, computed in `dtype`."""
        inputs = {name: value.detach() for name, value in self.tensors.items()}
        return evaluate(self.function(dtype), inputs, {}, grads, upstream, dtype)

    def reached(self):
        """The inputs that a gradient reaches."""
        leaves = {name: value for name, value in self.tensors.items() if value.requires_grad}
        outputs = as_tuple(self.function(torch.float32)(*self.tensors.values()))
        roots = [out for out in outputs if out.requires_grad]
        if not roots:
            return []
        upstream = [torch.ones_like(out) for out in roots]
        found = torch.autograd.grad(roots, list(leaves.values()), upstream, allow_unused=True)
        return [name for name, gradient in zip(leaves, found) if gradient is not None]


def error_of_single(exact, single):
    """The largest error of PyTorch's f32 arithmetic, relative to each result's largest magnitude."""
    pairs = list(zip(exact[0], single[0])) + [(exact[1][key], single[1][key]) for key in exact[1]]
    worst = 0.0
    for truth, seen in pairs:
        finite = truth.isfinite() if truth.is_floating_point() else torch.zeros_like(truth, dtype=torch.bool)
        if finite.any():
            scale = max(truth[finite].abs().max().item(), 1.0)
            error = (truth - seen.to(torch.float64))[finite].abs().max().item()
            worst = max(worst, error / scale)
    return worst


def add(family, name, index, call):
    grads = call.reached()
    shapes = call.evaluate(torch.float64)[0]
    upstream = [family.upstream(out, False) for out in shapes] if grads else []
    exact = call.evaluate(torch.float64, grads, upstream)
    single = call.evaluate(torch.float32, grads, upstream)
    case = f"{name}/{index}"
    family.store(case, {key: value.detach() for key, value in call.tensors.items()}, exact, upstream)
    entry = {"name": case, "op": name, "inputs": list(call.tensors), "args": call.args, "grads": grads}
    tolerance = SLACK * error_of_single(exact, single)
    if tolerance > DEFAULT_TOLERANCE["f32"]:
        entry["tolerance"] = float(f"{tolerance:.1e}")
    family.cases.append(entry)


def write():
    warnings.simplefilter("ignore")
    family = Family("opDb", {})
    known = {f"{op.name}:{op.variant_test_name}".removesuffix(":"): op for op in op_db}
    left_out = Counter()
    for name, parameters in OPERATIONS.items():
        op = known[name]
        torch.manual_seed(SEED)
        samples = op.sample_inputs("cpu", torch.float32, requires_grad=op.supports_autograd)
        for index, sample in enumerate(samples):
            call = Call(op, sample, parameters.split())
            if sum(tensor.numel() for tensor in call.tensors.values()) > MAX_ELEMENTS:
                left_out["large"] += 1
            elif call.args.get("dropoutP", 0) > 0:
                left_out["random"] += 1
            else:
                add(family, name, index, call)
    print(f"opDb: left out {left_out['large']} samples of more than {MAX_ELEMENTS} elements, "
          f"{left_out['random']} that draw")  # fmt: skip
    family.write(MAX_BYTES)
