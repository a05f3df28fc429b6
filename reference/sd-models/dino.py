"""Stores what timm's vision transformer gives for small configurations of DINO: every layer's output, class tokens, keys.

Weights and inputs are drawn from torch's CPU generator by the fill rule, so the tests make them again and only
results are stored. Everything is computed in float64. Of a layer's output every 37th element is stored.

Run: python reference/sd-models/dino.py        (environment: requirements/vision.txt)

Writes packages/sd-models/test/golden/dino.safetensors; dino_shapes.json, the names and shapes of the published models;
and dino_pixels.safetensors, prepared pictures: MagicBrush's preparation as SHA-256, and torchvision's resizing.
"""

import hashlib
import json
import math
from functools import partial
from pathlib import Path

import timm
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import save_file
from timm.models.vision_transformer import VisionTransformer
from torchvision import transforms as T

from fill import SAMPLE_STRIDE, fill
from pillow_resize import picture

GOLDEN = Path(__file__).resolve().parents[2] / "packages/sd-models/test/golden"
PUBLISHED = ["vit_small_patch16_224.dino", "vit_base_patch8_224.dino"]
RECORDED = {"PatchEmbed", "Block", "Attention", "Mlp", "LayerNorm"}

# name: patch, side of the trained picture, width, heads, layers, weight seed, input seed, input [B, C, H, W]
CASES = {
    "trained": (8, 32, 48, 3, 3, 61, 62, [2, 3, 32, 32]),
    "oneHead": (16, 48, 64, 1, 2, 63, 64, [1, 3, 48, 48]),
    "larger": (8, 32, 48, 3, 2, 65, 66, [2, 3, 56, 40]),
    "smaller": (8, 56, 48, 6, 2, 67, 68, [1, 3, 24, 32]),
    # As many patches as trained with, but pixels beyond them: the original interpolates all the same.
    "remainder": (8, 32, 48, 3, 1, 69, 70, [1, 3, 32, 37]),
}  # fmt: skip

DINO_SIZES = [(300, 225), (225, 300), (256, 256), (231, 640), (100, 57), (513, 229), (512, 512)]
STRUCTURE_SIZES = [(512, 512), (300, 225), (57, 100), (224, 224)]
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# Every such element of a prepared picture is stored.
PIXEL_STRIDE = 211


def interpolated_positions(positions, patch, height, width):
    """`interpolate_pos_encoding` of DINO's vision_transformer.py (7c446df)."""
    side = math.sqrt(positions.shape[1] - 1)
    rows, columns = height // patch + 0.1, width // patch + 0.1
    patches = positions[:, 1:].reshape(1, int(side), int(side), -1).permute(0, 3, 1, 2)
    patches = F.interpolate(patches, scale_factor=(rows / side, columns / side), mode="bicubic")
    assert patches.shape[2:] == (int(rows), int(columns))
    return torch.cat([positions[:, :1], patches.permute(0, 2, 3, 1).flatten(1, 2)], 1)


def make(patch, size, width, heads, layers):
    return VisionTransformer(
        img_size=size, patch_size=patch, num_classes=0, embed_dim=width, depth=layers, num_heads=heads,
        norm_layer=partial(torch.nn.LayerNorm, eps=1e-6),
    ).eval()  # fmt: skip


def run(patch, side, width, heads, layers, seed, input_seed, shape):
    trained = fill(make(patch, side, width, heads, layers), seed)
    height, width_in_pixels = shape[2:]
    model = trained
    if shape[2:] != [side, side]:
        # timm's own interpolation is another one, so it is given a model of the picture's size.
        model = make(patch, (height // patch * patch, width_in_pixels // patch * patch), width, heads, layers).double()
        state = trained.state_dict()
        state["pos_embed"] = interpolated_positions(state["pos_embed"], patch, height, width_in_pixels)
        model.load_state_dict(state)
    pixels = torch.randn(*shape, generator=torch.Generator().manual_seed(input_seed)).double()
    whole = pixels[:, :, : height // patch * patch, : width_in_pixels // patch * patch]
    outputs = {}
    for name, module in model.named_modules():
        if name and type(module).__name__ in RECORDED:
            module.register_forward_hook(partial(store, outputs, name))
    packed = []
    model.blocks[-1].attn.qkv.register_forward_hook(lambda module, inputs, output: packed.append(output))
    outputs["class_token"] = model(whole)
    outputs["keys"] = packed[0][:, :, width : 2 * width]
    config = {"patchSize": patch, "imageSize": side, "hiddenSize": width, "intermediateSize": 4 * width,
              "numHiddenLayers": layers, "numAttentionHeads": heads}  # fmt: skip
    return {"config": config, "weightSeed": seed, "inputSeed": input_seed, "shape": shape}, outputs


def store(outputs, name, module, inputs, output):
    outputs[f"layers/{name}"] = output.flatten()[::SAMPLE_STRIDE]


def prepared():
    """What the evaluation of MagicBrush and that of PIE-Bench make of pictures."""
    magicbrush = T.Compose([T.Resize(256, interpolation=3), T.CenterCrop(224), T.ToTensor(), T.Normalize(MEAN, STD)])
    records, tensors = {}, {}
    for size in DINO_SIZES:
        planes = magicbrush(Image.fromarray(picture(*size, seed=3)))
        digest = hashlib.sha256(planes.contiguous().numpy().tobytes()).hexdigest()
        records[f"dino {size[0]} x {size[1]}"] = {"kind": "dino", "source": size, "sha256": digest}
    for size in STRUCTURE_SIZES:
        for white in [255, 1]:
            for antialias in [False, True]:
                structure = T.Compose([T.Resize((224, 224), antialias=antialias), T.Normalize(MEAN, STD)])
                pixels = torch.from_numpy(picture(*size, seed=5)).permute(2, 0, 1).double() * white / 255
                name = f"structure {size[0]} x {size[1]} {white} {antialias}"
                records[name] = {"kind": "structure", "source": size, "white": white, "antialias": antialias}
                tensors[f"{name}/pixels"] = structure(pixels).permute(1, 2, 0).flatten()[::PIXEL_STRIDE]
    return records, tensors


def save(name, records, tensors):
    stored = {key: value.detach().float().contiguous() for key, value in tensors.items()}
    save_file(stored, GOLDEN / name, metadata={"cases": json.dumps(records)})
    print(f"{name}: {(GOLDEN / name).stat().st_size} bytes, {len(stored)} tensors")


def main():
    records, tensors = {}, {}
    for name, case in CASES.items():
        records[name], outputs = run(*case)
        tensors |= {f"{name}/{key}": value for key, value in outputs.items()}
    save("dino.safetensors", records, tensors)
    save("dino_pixels.safetensors", *prepared())
    shapes = {}
    for name in PUBLISHED:
        with torch.device("meta"):
            state = timm.create_model(name, pretrained=False).state_dict()
        shapes[name] = {key: list(value.shape) for key, value in sorted(state.items())}
    (GOLDEN / "dino_shapes.json").write_text(json.dumps(shapes, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
