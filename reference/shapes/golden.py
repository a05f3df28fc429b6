"""Writes what torch makes of the exported weights in f32, for the tests: ids and context of one prompt, one prediction,
one picture encoded (scaled mean) and decoded.

    python golden.py ../../weights/shapes
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

from sampling import load
from vocabulary import LENGTH
from world import draw, generator, random_picture

OUTPUT = Path(__file__).resolve().parents[2] / "packages/sd-models/test/golden/shapes.safetensors"
PROMPT = "a red circle with a blue hat on sand"


@torch.no_grad()
def main():
    torch.set_num_threads(1)
    model = load(sys.argv[1])
    random = torch.Generator().manual_seed(0)
    z, t = torch.randn(1, 4, 32, 32, generator=random), 500
    context = model.context([PROMPT])
    image = (draw([random_picture(generator(0))]).clamp(-1, 1) * 127.5 + 127.5).byte().float() / 127.5 - 1
    latent = model.latents(image)
    tensors = {
        "ids": model.tokenizer([PROMPT], padding="max_length", max_length=LENGTH, return_tensors="pt").input_ids.int(),
        "context": context,
        "z": z,
        "noise": model.unet(z, t, context).sample,
        "image": (image * 127.5 + 127.5).round().byte(),
        "latent": latent,
        "decoded": model.vae.decode(latent / model.vae.config.scaling_factor).sample,
    }
    metadata = {"prompt": PROMPT, "timestep": str(t), "image": "bytes; x / 127.5 - 1 goes into the encoder"}
    save_file({k: v.contiguous() for k, v in tensors.items()}, OUTPUT, metadata)


if __name__ == "__main__":
    main()
