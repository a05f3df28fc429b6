"""Stores what transformers' CLIP gives for a small ViT-L/14, the tensors of the real one, and stretched pictures.

The small one has ViT-L/14's patch, a text encoder of another width than the image encoder's, as many channels a head in
both, and its texts' width in the common space. As in clip.py, only results are stored, of layers every 37th element.

Run: python reference/sd-models/clip_l14.py        (environment: requirements/torch.txt)

Writes packages/sd-models/test/golden/clip_l14.safetensors, clip_l14_shapes.json.gz, clip_pixels.safetensors
"""

import gzip
import json
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPModel

from clip import run_clip
from pillow_resize import CLIP_MEAN, CLIP_STD, picture

GOLDEN = Path(__file__).resolve().parents[2] / "packages/sd-models/test/golden"

SMALL = {
    "text_config": {"hidden_size": 48, "intermediate_size": 192, "num_attention_heads": 3, "num_hidden_layers": 2,
                    "vocab_size": 1000, "eos_token_id": 2, "max_position_embeddings": 16},
    "vision_config": {"hidden_size": 64, "intermediate_size": 256, "num_attention_heads": 4, "num_hidden_layers": 3,
                      "image_size": 56, "patch_size": 14},
    "projection_dim": 48,
}  # fmt: skip

PUBLISHED = {
    "text_config": {"hidden_size": 768, "intermediate_size": 3072, "num_attention_heads": 12, "num_hidden_layers": 12,
                    "projection_dim": 768, "eos_token_id": 2},
    "vision_config": {"hidden_size": 1024, "intermediate_size": 4096, "num_attention_heads": 16,
                      "num_hidden_layers": 24, "patch_size": 14, "projection_dim": 768},
    "projection_dim": 768,
}  # fmt: skip

STRETCHED = [(512, 512), (300, 225), (57, 100), (224, 224)]
# Every such element of a stretched picture is stored.
PIXEL_STRIDE = 211


def save(name, records, tensors):
    stored = {key: value.detach().float().contiguous() for key, value in tensors.items()}
    save_file(stored, GOLDEN / name, metadata={"cases": json.dumps(records)})
    print(f"{name}: {(GOLDEN / name).stat().st_size} bytes, {len(stored)} tensors")


def stretched(size):
    """The preparation in InstructPix2Pix's metrics/clip_similarity.py."""
    pixels = torch.from_numpy(picture(*size, seed=6)).permute(2, 0, 1).double() / 255
    square = F.interpolate(pixels[None], size=(224, 224), mode="bicubic", align_corners=False)[0].permute(1, 2, 0)
    return ((square - torch.from_numpy(CLIP_MEAN).double()) / torch.from_numpy(CLIP_STD).double()).flatten()


def main():
    record, outputs = run_clip(SMALL, 46, 47)
    save("clip_l14.safetensors", {"clip": record}, {f"clip/{key}": value for key, value in outputs.items()})
    pictures = {f"{width} x {height}": (width, height) for width, height in STRETCHED}
    save(
        "clip_pixels.safetensors",
        {name: {"source": size} for name, size in pictures.items()},
        {f"{name}/pixels": stretched(size)[::PIXEL_STRIDE] for name, size in pictures.items()},
    )
    config = CLIPConfig(**PUBLISHED)
    with torch.device("meta"):
        parameters = CLIPModel(config).named_parameters()
    shapes = {name: list(parameter.shape) for name, parameter in parameters}
    text = json.dumps({"config": config.to_dict(), "shapes": shapes}, separators=(",", ":"))
    (GOLDEN / "clip_l14_shapes.json.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
