"""Writes the average of the weights as a folder in the diffusers layout, f16, and on request a fixture of f32 numbers.

    python export.py --checkpoint out/unet.pt --folder ../../weights/shapes --fixture FILE
"""

import argparse
import json
import os
import shutil

import torch
from diffusers import DDIMScheduler
from safetensors.torch import save_file

import train_vae
from sampling import load
from train_unet import LATENT_STD, build_text, build_unet
from vocabulary import LENGTH, write_tokenizer
from world import draw, generator, random_picture

CLASSES = {
    "vae": ["diffusers", "AutoencoderKL"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "scheduler": ["diffusers", "DDIMScheduler"],
}
PROMPT = "a red circle with a blue hat on sand"


def export(checkpoint, folder):
    """Writes every part of the model into the folder."""
    state = torch.load(checkpoint)
    model = torch.nn.ModuleDict({"text": build_text(), "unet": build_unet()})
    average = {k.removeprefix("module."): v for k, v in state["average"].items() if k.startswith("module.")}
    model.load_state_dict(average)
    vae = train_vae.build()
    vae.load_state_dict(state["vae"])
    vae.register_to_config(scaling_factor=LATENT_STD)

    for part, name in ((model["text"], "text_encoder"), (model["unet"], "unet"), (vae, "vae")):
        target = os.path.join(folder, name)
        shutil.rmtree(target, ignore_errors=True)
        part.half().to(memory_format=torch.contiguous_format).save_pretrained(target)
    write_tokenizer(os.path.join(folder, "tokenizer"))
    DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False, steps_offset=1
    ).save_pretrained(os.path.join(folder, "scheduler"))
    index = {"_class_name": "StableDiffusionPipeline", **CLASSES, "safety_checker": [None, None], "feature_extractor": [None, None]}
    with open(os.path.join(folder, "model_index.json"), "w") as file:
        file.write(json.dumps({**index, "requires_safety_checker": False}, indent=2) + "\n")


@torch.no_grad()
def write_fixture(folder, path):
    """What torch makes of the exported weights in f32: ids and context of one prompt, one prediction, one picture
    encoded (scaled mean) and decoded."""
    torch.set_num_threads(1)
    model = load(folder)
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
    os.makedirs(os.path.dirname(path), exist_ok=True)
    save_file({k: v.contiguous() for k, v in tensors.items()}, path + ".part", metadata)
    os.replace(path + ".part", path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--checkpoint", default="out/unet.pt")
    parser.add_argument("--folder", default="../../weights/shapes")
    parser.add_argument("--fixture")
    args = parser.parse_args()
    export(args.checkpoint, args.folder)
    if args.fixture:
        write_fixture(args.folder, args.fixture)


if __name__ == "__main__":
    main()
