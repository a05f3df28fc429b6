"""Trains the autoencoder on freshly drawn pictures: first on 64 x 64 windows around an object, which cost a
quarter, then on whole pictures. Writes a checkpoint every two minutes and goes on from it when started again.

    python train_vae.py --out out/vae.pt
"""

import argparse
import math
import os
import time

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL

from world import draw, generator, random_picture

BATCH = 8
WINDOW = 64
PEAK_RATE = 2e-3
WARMUP = 100


def build():
    """0.7 M parameters, f = 4, 4 latent channels; fewer groups than channels, or GroupNorm would drop the colours."""
    return AutoencoderKL(
        down_block_types=["DownEncoderBlock2D"] * 3,
        up_block_types=["UpDecoderBlock2D"] * 3,
        block_out_channels=(16, 32, 64),
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=128,
    ).to(memory_format=torch.channels_last)


def windows(pictures, images, rng):
    """One window of each picture, its centre near one of the objects."""
    cut = []
    for picture, image in zip(pictures, images):
        thing = rng.choice(picture.things)
        x, y = (round(c + rng.uniform(-20, 20)) - WINDOW // 2 for c in (thing.x, thing.y))
        x, y = (min(max(c, 0), image.shape[-1] - WINDOW) for c in (x, y))
        cut.append(image[:, y : y + WINDOW, x : x + WINDOW])
    return torch.stack(cut)


def loss_of(vae, x):
    """L1, its edges, coarse chroma, MSE and a faint KL term; returns the loss and the mean absolute error."""
    posterior = vae.encode(x).latent_dist
    y = vae.decode(posterior.sample()).sample.float()
    error = y - x
    edges = (error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()) / 2
    chroma = F.avg_pool2d(error - error.mean(1, keepdim=True), 4).abs().mean()
    mean, logvar = posterior.mean.float(), posterior.logvar.float()
    kl = 0.5 * (mean**2 + logvar.exp() - 1 - logvar).mean()
    mae = error.abs().mean()
    return mae + edges + chroma + error.square().mean() + 1e-3 * kl, mae.item()


def rate(step, steps):
    """Linear warm-up, then a half cosine down to zero."""
    return PEAK_RATE * min(1, (step + 1) / WARMUP) * 0.5 * (1 + math.cos(math.pi * step / steps))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default="out/vae.pt")
    parser.add_argument("--steps", type=int, default=3200)
    parser.add_argument("--window-steps", type=int, default=2500)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(2)
    torch.manual_seed(args.seed)
    os.makedirs(os.path.dirname(args.out), exist_ok=True)

    vae = build()
    optimizer = torch.optim.AdamW(vae.parameters(), PEAK_RATE, betas=(0.9, 0.99), fused=True)
    start = 0
    if os.path.exists(args.out):
        state = torch.load(args.out)
        vae.load_state_dict(state["vae"])
        optimizer.load_state_dict(state["optimizer"])
        start = state["step"]
    rng = generator(args.seed * 1_000_003 + start)

    def save(step):
        torch.save({"vae": vae.state_dict(), "optimizer": optimizer.state_dict(), "step": step}, args.out + ".part")
        os.replace(args.out + ".part", args.out)

    began = saved = time.time()
    total = 0.0
    for step in range(start, args.steps):
        pictures = [random_picture(rng) for _ in range(BATCH)]
        x = draw(pictures)
        if step < args.window_steps:
            x = windows(pictures, x, rng)
        with torch.autocast("cpu", torch.bfloat16):
            loss, mae = loss_of(vae, x.contiguous(memory_format=torch.channels_last))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(vae.parameters(), 1)
        for group in optimizer.param_groups:
            group["lr"] = rate(step, args.steps)
        optimizer.step()
        total += mae
        if (step + 1) % 100 == 0:
            print(f"vae step {step + 1} mae {total / 100:.4f} lr {rate(step, args.steps):.2e} {time.time() - began:.0f} s", flush=True)
            total = 0.0
        if time.time() - saved > 90:
            save(step + 1)
            saved = time.time()
    save(args.steps)


if __name__ == "__main__":
    main()
