"""Loads what `lusd weights convert` wrote in diffusers, from that folder alone, and compares it with the checkpoint that it
was made from.

    LUSD_PYTHON=.venv/torch/bin/python npm test -w packages/sd-models -- test/node/convert.test.ts    # runs this

Usage: converted_folder.py CONVERTED ORIGINAL, both diffusers folders. Fails where diffusers finds a tensor missing or left
over, where a model's effective configuration differs in a field that changes its output, where a tensor differs by more
than f16 rounds, or where the pipeline makes no picture without being told a size.
"""

import sys

import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextModel

# Fields that say where a configuration comes from, or that only concern training.
PROVENANCE = {"_use_default_values", "_class_name", "_diffusers_version", "_name_or_path", "force_upcast", "upcast_attention"}


def load(kind, folder: str, name: str):
    model, report = kind.from_pretrained(folder, subfolder=name, output_loading_info=True, torch_dtype=torch.float32)
    problems = {key: list(value) for key, value in report.items() if value}
    assert not problems, f"{folder}/{name}: {problems}"
    return model


def listed(value):
    return list(value) if isinstance(value, tuple) else value


def compare(kind, name: str, converted: str, original: str) -> None:
    new, old = load(kind, converted, name), load(kind, original, name)
    if name != "text_encoder":
        fields = sorted((set(new.config) | set(old.config)) - PROVENANCE)
        pairs = {field: [listed(model.config.get(field)) for model in (new, old)] for field in fields}
        differing = {field: pair for field, pair in pairs.items() if pair[0] != pair[1]}
        print(f"{name}: fields that differ: {differing or 'none'}")
        # Where the original does not say it, the size of a picture is Stable Diffusion's convention.
        assert set(differing) <= {"sample_size"}, differing
    weights = old.state_dict()
    assert set(new.state_dict()) == set(weights), f"{name}: other tensors"
    for key, value in new.state_dict().items():
        torch.testing.assert_close(value, weights[key], rtol=1e-3, atol=1e-4, msg=lambda m, key=key: f"{name} {key}: {m}")
    print(f"{name}: {len(weights)} tensors agree")


def main(converted: str, original: str) -> None:
    compare(UNet2DConditionModel, "unet", converted, original)
    compare(AutoencoderKL, "vae", converted, original)
    compare(CLIPTextModel, "text_encoder", converted, original)
    pipeline = StableDiffusionPipeline.from_pretrained(converted, torch_dtype=torch.float32, safety_checker=None)
    picture = pipeline("a", num_inference_steps=1).images[0]
    print(f"{converted}: the pipeline makes a picture of {picture.size[0]} x {picture.size[1]}")


main(*sys.argv[1:])
