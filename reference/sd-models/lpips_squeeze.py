"""Stores LPIPS by SqueezeNet with the released heads and drawn features: maps, distances, gradients. Copies the heads.

Weights and inputs are drawn from torch's CPU generator by the fill rule, so the tests make them again and only
results are stored. Everything is computed in float64. Of maps and gradients every 37th element is stored, NHWC.

Run: python reference/sd-models/lpips_squeeze.py        (environment: requirements/vision.txt)

Writes packages/sd-models/test/golden/lpips.safetensors, and packages/sd-models/src/lpips/squeezeHeads.ts: the heads of
the package lpips, BSD-2-Clause, with its notice.
"""

import base64
import json
import textwrap
from importlib.metadata import distribution
from pathlib import Path

import lpips
import torch
from safetensors.torch import save_file
from torchmetrics.functional.image.lpips import _LPIPS
from torchvision.models import squeezenet1_1

from fill import SAMPLE_STRIDE, channels_last, fill

PACKAGE = Path(__file__).resolve().parents[2] / "packages/sd-models"
OUTPUT = PACKAGE / "test/golden/lpips.safetensors"
CODE = PACKAGE / "src/lpips/squeezeHeads.ts"
WEIGHT_SEED = 71

# name: normalisation, factor of the first convolution, input seed, pictures [B, C, H, W]
CASES = {
    "smallest": ("lpips", 1, 72, [2, 3, 17, 17]),
    "odd": ("lpips", 1, 73, [2, 3, 45, 66]),
    "batch": ("lpips", 1, 74, [3, 3, 32, 40]),
    # Features so small that the normalisations differ.
    "faint": ("lpips", 1e-4, 75, [2, 3, 29, 26]),
    "faintTorchmetrics": ("torchmetrics", 1e-4, 75, [2, 3, 29, 26]),
}

HEADER = """// Written by reference/sd-models/lpips_squeeze.py; do not edit. The heads of SqueezeNet in version 0.1 of LPIPS
// (https://github.com/richzhang/PerceptualSimilarity), f32 in base64, under this licence:
//
"""


class Released(torch.nn.Module):
    """torchvision's names of the weights, without the classifier's."""

    def __init__(self):
        super().__init__()
        self.features = squeezenet1_1(weights=None).features


def make(normalisation):
    if normalisation == "torchmetrics":
        return _LPIPS(net="squeeze", pnet_rand=True)
    return lpips.LPIPS(net="squeeze", pnet_rand=True, verbose=False)


def convolutions(module):
    return [layer for layer in module.modules() if isinstance(layer, torch.nn.Conv2d)]


def with_features(model, features, factor):
    """`features` in `model.net`, which has the same layers in the same order, cut into slices."""
    for layer, drawn in zip(convolutions(model.net), convolutions(features), strict=True):
        layer.load_state_dict(drawn.state_dict())
    for parameter in convolutions(model.net)[0].parameters():
        parameter.data *= factor
    return model.double().eval()


def run(normalisation, factor, seed, shape, features):
    model = with_features(make(normalisation), features, factor)
    generator = torch.Generator().manual_seed(seed)
    a, b = (torch.randn(*shape, generator=generator).double() for _ in range(2))
    a.requires_grad_()
    per_map = model(a, b, True)[1]
    outputs = {f"map{i}": x.flatten(1).sum(1) for i, x in enumerate(per_map)}
    outputs["distance"] = model(a, b).flatten()
    upstream = torch.arange(1, shape[0] + 1).double()
    (gradient,) = torch.autograd.grad((outputs["distance"] * upstream).sum(), a)
    outputs["gradient"] = channels_last(gradient).flatten()[::SAMPLE_STRIDE]
    for i, tap in enumerate(model.net(model.scaling_layer(a))):
        outputs[f"tap{i}"] = channels_last(tap).flatten()[::SAMPLE_STRIDE]
    record = {"normalisation": normalisation, "factor": factor, "weightSeed": WEIGHT_SEED, "inputSeed": seed, "shape": shape}
    return record, outputs


def write_heads():
    state = lpips.LPIPS(net="squeeze", pnet_rand=True, verbose=False).state_dict()
    heads = [state[f"lin{i}.model.1.weight"].flatten() for i in range(7)]
    code = base64.b64encode(torch.cat(heads).numpy().astype("<f4").tobytes()).decode()
    licence = distribution("lpips").read_text("LICENSE").strip().splitlines()
    notice = "\n".join(f"// {line}".rstrip() for line in licence)
    lines = "\n".join(textwrap.wrap(code, 120))
    CODE.write_text(f"{HEADER}{notice}\n\nexport const LPIPS_HEADS = `\n{lines}\n`;\n")


def main():
    write_heads()
    features = fill(Released(), WEIGHT_SEED).features
    records, tensors = {}, {}
    for name, case in CASES.items():
        records[name], outputs = run(*case, features)
        tensors |= {f"{name}/{key}": value.detach().float().contiguous() for key, value in outputs.items()}
    save_file(tensors, OUTPUT, metadata={"cases": json.dumps(records)})
    print(f"{OUTPUT}: {OUTPUT.stat().st_size} bytes, {len(tensors)} tensors")


if __name__ == "__main__":
    main()
