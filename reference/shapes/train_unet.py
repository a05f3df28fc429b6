"""Trains the UNet and the text model together on latents of freshly drawn pictures: first close-ups of one object,
64 x 64, which cost a quarter, then whole pictures. Writes a checkpoint with the
average of the weights every two minutes and goes on from it when started again.

    python train_unet.py --vae out/vae.pt --out out/unet.pt

Pictures are drawn throughout, a quarter of a batch at each step; the rest of the batch is taken from the pool of
those drawn before, as encoding a whole batch would cost half as much as the step.
"""

import argparse
import math
import os
import time

import torch
from diffusers import DDPMScheduler, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from transformers import CLIPTextConfig, CLIPTextModel

import train_vae
from vocabulary import END, LENGTH, START, encoder, vocabulary
from world import CLOSE, caption, close_up, draw, generator, random_picture

BATCH = 16
FRESH = 4
POOL = 16384
FIRST_POOL = 2048
CLOSE_STEPS = 6000
CLOSE_BATCH = 24
PEAK_RATE = 1e-3
WARMUP = 200
AVERAGE_FROM = 1000
DECAY = 0.999
LATENT_STD = 0.5
DROPPED_CAPTIONS = 0.1
DROPPED_SCENES = 0.25


def build_text():
    """Two layers of width 64."""
    ids = vocabulary()
    config = CLIPTextConfig(
        vocab_size=len(ids),
        hidden_size=64,
        intermediate_size=256,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=LENGTH,
        projection_dim=64,
        bos_token_id=ids[START],
        eos_token_id=ids[END],
        pad_token_id=ids[END],
    )
    return CLIPTextModel(config)


def build_unet():
    """Cross- and self-attention at 16 x 16 and 8 x 8, a half and a quarter of the latent."""
    unet = UNet2DConditionModel(
        sample_size=32,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        block_out_channels=(32, 64, 96),
        layers_per_block=1,
        cross_attention_dim=64,
        attention_head_dim=4,
        norm_num_groups=8,
    )
    # Plain matrix products: the fused attention's backward pass is slower than the rest of the step on a CPU.
    unet.set_attn_processor(AttnProcessor())
    return unet.to(memory_format=torch.channels_last)


def build_schedule():
    """Stable Diffusion's."""
    return DDPMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False)


def whiten(vae, pictures=512):
    """Gives the latents zero mean and identity covariance by changing only the two 1 x 1 convolutions around them:
    quant_conv's outputs z become A (z - m), and post_quant_conv takes A^-1 z + m."""
    rng = generator(99)
    means = torch.cat([_means(vae, draw([random_picture(rng) for _ in range(32)])) for _ in range(pictures // 32)])
    rows = means.permute(0, 2, 3, 1).reshape(-1, 4).double()
    m = rows.mean(0)
    values, vectors = torch.linalg.eigh(rows.T.cov())
    a = vectors @ torch.diag(values.rsqrt()) @ vectors.T
    with torch.no_grad():
        quant, post = vae.quant_conv, vae.post_quant_conv
        quant.weight[:4] = torch.einsum("ij,jkhw->ikhw", a, quant.weight[:4].double())
        quant.bias[:4] = a @ (quant.bias[:4].double() - m)
        post.bias += post.weight[:, :, 0, 0] @ m.float()
        post.weight.copy_(torch.einsum("ijhw,jk->ikhw", post.weight.double(), a.inverse()))


@torch.no_grad()
def _means(vae, images):
    with torch.autocast("cpu", torch.bfloat16):
        return vae.encode(images.contiguous(memory_format=torch.channels_last)).latent_dist.mean.float()


class Pool:
    """Scaled latents and captions of the latest pictures, either whole or close-ups."""

    def __init__(self, vae, rng, close, two, hats):
        self.vae, self.rng, self.close, self.encode = vae, rng, close, encoder()
        self.two, self.hats = two, hats
        size = 16 if close else 32
        self.latents = torch.empty(POOL, 4, size, size, dtype=torch.bfloat16)
        self.ids = torch.empty(POOL, LENGTH, dtype=torch.long)
        self.drawn = 0
        while self.drawn < FIRST_POOL:
            self.grow(32)

    def _draw(self, count):
        if not self.close:
            pictures = [random_picture(self.rng, self.two, self.hats) for _ in range(count)]
            return pictures, draw(pictures)
        pictures, corners = zip(*(close_up(self.rng, self.hats) for _ in range(count)))
        cuts = [image[:, y : y + CLOSE, x : x + CLOSE] for image, (x, y) in zip(draw(pictures), corners)]
        return pictures, torch.stack(cuts)

    def grow(self, count):
        """Draws `count` pictures; the oldest make room. Count divides POOL."""
        pictures, images = self._draw(count)
        texts = [caption(p, self.rng.random() >= DROPPED_SCENES) for p in pictures]
        at = self.drawn % POOL
        self.latents[at : at + count] = _means(self.vae, images) * LATENT_STD
        self.ids[at : at + count] = torch.tensor([self.encode(text) for text in texts])
        self.drawn += count

    def batch(self, count):
        """Fresh pictures, and others from the pool; a tenth of the captions is dropped."""
        self.grow(FRESH)
        held = min(self.drawn, POOL)
        fresh = (self.drawn - 1 - torch.arange(FRESH)) % POOL
        pick = torch.cat([fresh, torch.randint(held, (count - FRESH,))])
        ids = self.ids[pick]
        ids[torch.rand(count) < DROPPED_CAPTIONS] = torch.tensor(self.encode(""))
        return self.latents[pick].float(), ids


def rate(step, steps):
    """Linear warm-up, constant, and linear down to zero over the last 30 %."""
    return PEAK_RATE * min(1, (step + 1) / WARMUP, (steps - step) / (0.3 * steps))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--vae", default="out/vae.pt")
    parser.add_argument("--out", default="out/unet.pt")
    parser.add_argument("--steps", type=int, default=9000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--close-steps", type=int, default=CLOSE_STEPS)
    parser.add_argument("--two", type=float, default=0.45, help="share of pictures with two objects")
    parser.add_argument("--hats", type=float, default=0.3, help="share of objects with a hat")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)

    model = torch.nn.ModuleDict({"text": build_text(), "unet": build_unet()})
    average = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(DECAY))
    optimizer = torch.optim.AdamW(model.parameters(), PEAK_RATE, betas=(0.9, 0.99), weight_decay=1e-2, fused=True)
    vae = train_vae.build()
    start = 0
    if os.path.exists(args.out):
        state = torch.load(args.out)
        model.load_state_dict(state["model"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        vae.load_state_dict(state["vae"])
        start = state["step"]
        torch.manual_seed(args.seed + start)
    else:
        vae.load_state_dict(torch.load(args.vae)["vae"])
        whiten(vae)

    alphas = build_schedule().alphas_cumprod
    # The error of epsilon weighs little where noise is nearly all there is, though that is where the text decides.
    weights = alphas.rsqrt() / alphas.rsqrt().mean()
    began = saved = time.time()
    pool = None

    def save(step):
        state = {"model": model, "average": average, "optimizer": optimizer, "vae": vae}
        torch.save({**{k: v.state_dict() for k, v in state.items()}, "step": step}, args.out + ".part")
        os.replace(args.out + ".part", args.out)

    total = [0.0, 0.0]
    for step in range(start, args.steps):
        close = step < args.close_steps
        if pool is None or pool.close != close:
            pool = Pool(vae, generator(args.seed * 1_000_003 + 7 + step), close, args.two, args.hats)
            print(f"pool drawn, latent std {pool.latents[:FIRST_POOL].float().std():.3f}", flush=True)
        z, ids = pool.batch(CLOSE_BATCH if close else BATCH)
        t = torch.randint(1000, (len(z),))
        noise = torch.randn_like(z)
        a = alphas[t].view(-1, 1, 1, 1)
        noisy = (a.sqrt() * z + (1 - a).sqrt() * noise).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            context = model["text"](ids).last_hidden_state
            predicted = model["unet"](noisy, t, context).sample
        errors = (predicted.float() - noise).square().mean((1, 2, 3))
        loss = (errors * weights[t]).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1)
        for group in optimizer.param_groups:
            group["lr"] = rate(step, args.steps)
        optimizer.step()
        if step >= AVERAGE_FROM:
            average.update_parameters(model)
        total = [total[0] + loss.item(), total[1] + errors.mean().item()]
        if (step + 1) % 100 == 0:
            print(
                f"unet step {step + 1} weighted {total[0] / 100:.5f} mse {total[1] / 100:.5f}"
                f" lr {rate(step, args.steps):.2e} {time.time() - began:.0f} s",
                flush=True,
            )
            if not math.isfinite(total[0]):
                raise RuntimeError(f"The loss is not finite at step {step + 1}; lower PEAK_RATE.")
            total = [0.0, 0.0]
        if time.time() - saved > 120:
            save(step + 1)
            saved = time.time()
    save(args.steps)


if __name__ == "__main__":
    main()
