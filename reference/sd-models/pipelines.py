"""Stores what diffusers' pipelines make of prompts with small models: latents after every step, and the picture.

Weights are drawn by the fill rule (see unet.py), noise by torch's CPU generator from the seed, so only results are
stored. The tokenizer knows bytes only, no merges: a word is its letters, the last one marked.

Run: python reference/sd-models/pipelines.py   (writes packages/sd-models/test/golden/pipelines.safetensors)
"""

import json
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL, StableDiffusionImg2ImgPipeline, StableDiffusionPipeline, UNet2DConditionModel
from PIL import Image
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel

import clip
import vae
from schedulers import CLASSES, SD1, SD2
from fill import SAMPLE_STRIDE, channels_last, fill
from unet import TINY

OUTPUT = Path(__file__).resolve().parents[2] / "packages/sd-models/test/golden/pipelines.safetensors"
PROMPT, NEGATIVE = "a red hat", "blur"
START, END, LENGTH = 998, 999, 77

# name: sampler, scheduler configuration, options of the call
CASES = {
    "ddim": ("ddim", SD1, {"num_inference_steps": 5, "guidance_scale": 7.5}),
    "ddimStochastic": ("ddim", SD1, {"num_inference_steps": 4, "guidance_scale": 3.0, "eta": 1.0}),
    "ddimVelocity": ("ddim", SD2, {"num_inference_steps": 4, "guidance_scale": 2.0}),
    "euler": ("euler", SD1, {"num_inference_steps": 5, "guidance_scale": 7.5}),
    "dpm": ("dpm++2m", SD1, {"num_inference_steps": 5, "guidance_scale": 7.5}),
    "unguided": ("dpm++2m", SD1, {"num_inference_steps": 3, "guidance_scale": 1.0}),
    "wide": ("euler", SD1, {"num_inference_steps": 2, "guidance_scale": 4.0, "width": 96, "height": 72}),
    "clipSkip": ("ddim", SD1, {"num_inference_steps": 2, "guidance_scale": 4.0, "clip_skip": 1}),
    "imageDdim": ("ddim", SD1, {"num_inference_steps": 6, "guidance_scale": 5.0, "strength": 0.5}),
    "imageEuler": ("euler", SD1, {"num_inference_steps": 5, "guidance_scale": 5.0, "strength": 0.7}),
    "imageDpm": ("dpm++2m", SD1, {"num_inference_steps": 5, "guidance_scale": 5.0, "strength": 1.0}),
}  # fmt: skip
SEED = 21


def token_ids(text):
    """'a' is token 64, 'a' at a word's end 64 + 256: CLIP's byte alphabet starts at '!'."""
    letters = [[ord(c) - ord("!") for c in word] for word in text.split()]
    words = [[*word[:-1], word[-1] + 256] for word in letters]
    return clip.padded([START, *(token for word in words for token in word)], LENGTH, END, END)


def picture(side):
    """Bytes by a formula that the tests repeat."""
    y, x, c = np.meshgrid(np.arange(side), np.arange(side), np.arange(3), indexing="ij")
    return Image.fromarray(((4 * x + 2 * y * c + 31 * c) % 256).astype(np.uint8))


def models():
    text = CLIPTextModel(CLIPTextConfig(**clip.TEXTS["tiny"][0]))
    return {
        "unet": fill(UNet2DConditionModel(**TINY, sample_size=64), 1234).float(),
        "vae": vae.built(*vae.CASES["tiny"][:2]).float(),
        "text_encoder": fill(text, 555).float().eval(),
    }


def embeddings(text_encoder, prompt, clip_skip):
    result = text_encoder(torch.tensor([token_ids(prompt)]), output_hidden_states=True)
    if clip_skip is None:
        return result.last_hidden_state
    return text_encoder.final_layer_norm(result.hidden_states[-1 - clip_skip])


def run(parts, sampler, config, options, prompt=PROMPT, negative=NEGATIVE, encode=embeddings):
    is_image = "strength" in options
    pipeline_class = StableDiffusionImg2ImgPipeline if is_image else StableDiffusionPipeline
    pipeline = pipeline_class(
        **parts, tokenizer=None, scheduler=CLASSES[sampler].from_config(config), safety_checker=None,
        feature_extractor=None, requires_safety_checker=False)  # fmt: skip
    pipeline.set_progress_bar_config(disable=True)
    call = {key: value for key, value in options.items() if key != "clip_skip"}
    prompts = {
        name: encode(parts["text_encoder"], text, options.get("clip_skip"))
        for name, text in [("prompt_embeds", prompt), ("negative_prompt_embeds", negative)]
    }
    if is_image:
        call["image"] = picture(64)
    else:
        call = {"width": 64, "height": 64, **call}
    latents = []

    def keep_latents(pipe, index, timestep, values):
        latents.append(channels_last(values["latents"])[0])
        return {}

    result = pipeline(
        **prompts, **call, generator=torch.Generator().manual_seed(SEED), output_type="np",
        callback_on_step_end=keep_latents)  # fmt: skip
    bytes_of_picture = torch.from_numpy((result.images[0] * 255).round()).flatten()
    record = {"sampler": sampler, "scheduler": config, "prompt": prompt, "negativePrompt": negative, "seed": SEED,
              "options": options}  # fmt: skip
    return record, {"latents": torch.stack(latents), "picture": bytes_of_picture[::SAMPLE_STRIDE]}


@torch.no_grad()
def main():
    parts = models()
    records, tensors = {}, {}
    for name, case in CASES.items():
        records[name], outputs = run(parts, *case)
        tensors |= {f"{name}/{key}": value.float().contiguous() for key, value in outputs.items()}
    save_file(tensors, OUTPUT, metadata={"cases": json.dumps(records)})
    print(f"{OUTPUT}: {OUTPUT.stat().st_size} bytes, {len(tensors)} tensors")


if __name__ == "__main__":
    main()
