"""Loads what `lusd weights convert` wrote in diffusers, from that folder alone, and compares it with the checkpoint that it
was made from.

    LUSD_PYTHON=.venv/torch/bin/python npm test -w packages/sd-models -- test/node/convert.test.ts    # runs this

Usage: converted_folder.py CONVERTED ORIGINAL, both diffusers folders. Fails where diffusers finds a tensor missing or left
over, where a field of the original's configuration reads otherwise, where a tensor differs by more than f16 rounds, or
where the pipeline makes no picture without being told a size.
"""

import json
import sys
from pathlib import Path

import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline, UNet2DConditionModel
from safetensors.torch import load_file
from transformers import CLIPTextModel

MODELS = {"unet": UNet2DConditionModel, "vae": AutoencoderKL, "text_encoder": CLIPTextModel}


def load(folder: Path, name: str):
    model, report = MODELS[name].from_pretrained(
        folder, subfolder=name, output_loading_info=True, torch_dtype=torch.float32
    )
    problems = {key: list(value) for key, value in report.items() if value}
    assert not problems, f"{folder}/{name}: {problems}"
    return model


def compare(name: str, converted: Path, original: Path) -> None:
    model = load(converted, name)
    for field, value in json.loads((original / name / "config.json").read_text()).items():
        if field in ("architectures", "_class_name"):
            continue
        read = getattr(model.config, field)
        read = list(read) if isinstance(read, tuple) else read
        # Weights do not show at what size they were trained; the convention is written.
        assert read == value or field == "sample_size", f"{name}: {field} is {read}, not {value}"
    (file,) = (original / name).glob("*.safetensors")
    # Newer versions of transformers left out the prefix.
    weights, found = ({k.removeprefix("text_model."): v for k, v in d.items()} for d in (load_file(file), model.state_dict()))
    assert set(found) == set(weights), f"{name}: other tensors: {set(found) ^ set(weights)}"
    for key, value in weights.items():
        torch.testing.assert_close(
            found[key], value.float().reshape(found[key].shape), rtol=1e-3, atol=1e-4, msg=lambda m, key=key: f"{name} {key}: {m}"
        )
    print(f"{name}: {len(weights)} tensors agree")


def main(converted: str, original: str) -> None:
    for name in MODELS:
        compare(name, Path(converted), Path(original))
    pipeline = StableDiffusionPipeline.from_pretrained(converted, torch_dtype=torch.float32, safety_checker=None)
    picture = pipeline("a", num_inference_steps=1).images[0]
    print(f"{converted}: the pipeline makes a picture of {picture.size[0]} x {picture.size[1]}")


main(*sys.argv[1:])
