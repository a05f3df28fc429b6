"""SSD (arXiv 2507.09168) with a model that was trained on instructions, on the small one of the recorded InstructPix2Pix.

Writes packages/lusd/test/golden/ssd_instruct.safetensors: `s{k}.timestep`, `.eps`, `.z` (before) and `.grad` of each
step, and `z_final`, NCHW. The gradient is [e_u + 7.5 (e_t - e_i) + 1.5 (e_i - e_u)](z_t) - e_u(s_t) + 0.075 exp(tau)
(z_t - s_t), with diffusers' UNet; t is the instruction with the picture, i the picture alone, u neither.

    python reference/lusd/ssd_instruct.py
"""

import json
from math import exp
from pathlib import Path

import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from safetensors.torch import load_file, save_file

from small_models import fill

GOLDEN = Path(__file__).resolve().parents[2] / "packages/lusd/test/golden"
RECORDED = GOLDEN / "editors/instruct_pix2pix"
SCALING = 0.18215
STEPS, LR, SHAPE = 3, 0.02, [1, 4, 16, 16]


@torch.no_grad()
def main() -> None:
    record = json.loads((RECORDED / "checkpoint.json").read_text())["unet"]
    unet = fill(UNet2DConditionModel.from_config(record["config"]), record)
    scheduler = json.loads((GOLDEN / "trajectories/accept_all/checkpoint.json").read_text())["scheduler"]
    abar = DDIMScheduler.from_config(scheduler).alphas_cumprod
    null, instruction = load_file(RECORDED / "trajectory.safetensors")["contexts"].split(1)
    source = torch.randn(SHAPE, generator=torch.Generator().manual_seed(7))
    image, nothing = source / SCALING, torch.zeros(SHAPE)
    draws = torch.Generator().manual_seed(0)

    def predict(noisy, t, context, beside):
        return unet(torch.cat([noisy, beside], 1), t, context).sample

    z = source.clone()
    tensors = {}
    for k in range(STEPS):
        index = int(960 * (STEPS - k) / STEPS + 20)
        t = index + 1
        eps = torch.randn(SHAPE, generator=draws)
        z_t, s_t = (abar[t].sqrt() * x + (1 - abar[t]).sqrt() * eps for x in (z, source))
        e_t, e_i = predict(z_t, t, instruction, image), predict(z_t, t, null, image)
        e_u, e_us = predict(z_t, t, null, nothing), predict(s_t, t, null, nothing)
        grad = e_u + 7.5 * (e_t - e_i) + 1.5 * (e_i - e_u) - e_us + 0.075 * exp(index / 1000) * (z_t - s_t)
        tensors |= {f"s{k}.timestep": torch.tensor([t]), f"s{k}.eps": eps, f"s{k}.z": z, f"s{k}.grad": grad}
        z = z - LR * grad
    save_file({**tensors, "z_final": z}, GOLDEN / "ssd_instruct.safetensors")


if __name__ == "__main__":
    main()
