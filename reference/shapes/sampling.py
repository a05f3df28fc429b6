"""Loads a folder in the diffusers layout and draws pictures from prompts: DDIM without noise, guided."""

from dataclasses import dataclass

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTokenizer


@dataclass
class Model:
    """The parts of the model, in f32."""

    tokenizer: CLIPTokenizer
    text: CLIPTextModel
    unet: UNet2DConditionModel
    vae: AutoencoderKL
    scheduler: DDIMScheduler

    @torch.no_grad()
    def context(self, prompts):
        """[n, length, 64]."""
        ids = self.tokenizer(prompts, padding="max_length", truncation=True, return_tensors="pt").input_ids
        return self.text(ids).last_hidden_state

    @torch.no_grad()
    def latents(self, images):
        """Images [n, 3, h, w] in -1..1 to scaled latent means."""
        return self.vae.encode(images).latent_dist.mean * self.vae.config.scaling_factor

    @torch.no_grad()
    def pictures(self, latents):
        """Scaled latents to RGB bytes [n, h, w, 3]."""
        x = self.vae.decode(latents / self.vae.config.scaling_factor).sample
        return to_bytes(x)


def to_bytes(x):
    """[n, 3, h, w] in -1..1 to bytes [n, h, w, 3], truncated."""
    return ((x / 2 + 0.5).clamp(0, 1) * 255).byte().permute(0, 2, 3, 1).numpy()


def load(folder):
    """Loads every part as f32."""
    parts = {
        "text": (CLIPTextModel, "text_encoder"),
        "unet": (UNet2DConditionModel, "unet"),
        "vae": (AutoencoderKL, "vae"),
    }
    models = {k: cls.from_pretrained(folder, subfolder=sub, torch_dtype=torch.float32).eval() for k, (cls, sub) in parts.items()}
    tokenizer = CLIPTokenizer.from_pretrained(folder, subfolder="tokenizer")
    return Model(tokenizer=tokenizer, scheduler=DDIMScheduler.from_pretrained(folder, subfolder="scheduler"), **models)


@torch.no_grad()
def generate(model, prompts, seeds, steps=50, guidance=4.0):
    """One picture a prompt, as bytes; each starts from its own seed's noise."""
    noise = [torch.randn(4, 32, 32, generator=torch.Generator().manual_seed(s)) for s in seeds]
    z = torch.stack(noise)
    context = torch.cat([model.context([""] * len(prompts)), model.context(prompts)])
    model.scheduler.set_timesteps(steps)
    for t in model.scheduler.timesteps:
        without, given = model.unet(torch.cat([z, z]), t, context).sample.chunk(2)
        z = model.scheduler.step(without + guidance * (given - without), t, z).prev_sample
    return model.pictures(z)
