"""Writes the average of the weights as a folder in the diffusers layout, f16.

    python export.py --checkpoint out/unet.pt --folder ../../weights/shapes
"""

import argparse
import json
import os
import shutil

import torch
from diffusers import DDIMScheduler

import train_vae
from train_unet import LATENT_STD, build_text, build_unet
from vocabulary import write_tokenizer

CLASSES = {
    "vae": ["diffusers", "AutoencoderKL"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "scheduler": ["diffusers", "DDIMScheduler"],
}


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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--checkpoint", default="out/unet.pt")
    parser.add_argument("--folder", default="../../weights/shapes")
    args = parser.parse_args()
    export(args.checkpoint, args.folder)


if __name__ == "__main__":
    main()
