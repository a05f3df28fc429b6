"""Stores diffusers' noise schedules, timesteps and sampling trajectories.

The model of the trajectories is a formula of the sample and the timestep, so that the tests can evaluate it too:
x / (1 + x^2) + t / 5000. Start, and the noise of stochastic steps, come from torch's CPU generator.

Run: python reference/schedulers.py   (writes packages/sd-models/test/golden/schedulers.safetensors)
"""

import json
from pathlib import Path

import torch
from diffusers import DDIMScheduler, DPMSolverMultistepScheduler, EulerDiscreteScheduler
from safetensors.torch import save_file

OUTPUT = Path(__file__).resolve().parents[1] / "packages/sd-models/test/golden/schedulers.safetensors"
SHAPE = [1, 4, 3, 5]
SEED = 17

CLASSES = {"ddim": DDIMScheduler, "euler": EulerDiscreteScheduler, "dpm++2m": DPMSolverMultistepScheduler}

# scheduler_config.json of Stable Diffusion 1.5 and of 2.1.
SD1 = {"_class_name": "PNDMScheduler", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
       "num_train_timesteps": 1000, "set_alpha_to_one": False, "skip_prk_steps": True, "steps_offset": 1,
       "trained_betas": None, "clip_sample": False}  # fmt: skip
SD2 = {**SD1, "_class_name": "DDIMScheduler", "prediction_type": "v_prediction"}
LINEAR = {"beta_start": 0.0001, "beta_end": 0.02, "beta_schedule": "linear", "num_train_timesteps": 400}

# name: sampler, configuration, steps, eta, first step
CASES = {
    "ddim": ("ddim", SD1, 10, 0, 0),
    "ddimVelocity": ("ddim", SD2, 7, 0, 0),
    "ddimStochastic": ("ddim", SD1, 6, 1.0, 0),
    "ddimHalfStochastic": ("ddim", {**SD2, "timestep_spacing": "trailing"}, 8, 0.5, 0),
    "ddimClipped": ("ddim", LINEAR, 5, 0, 0),
    "ddimLinspace": ("ddim", {**SD1, "timestep_spacing": "linspace", "set_alpha_to_one": True}, 9, 0, 0),
    "ddimTrailing": ("ddim", {**SD1, "timestep_spacing": "trailing"}, 7, 0, 0),
    "ddimMidway": ("ddim", SD1, 10, 0, 4),
    "euler": ("euler", SD1, 10, 0, 0),
    "eulerVelocity": ("euler", SD2, 7, 0, 0),
    "eulerLeading": ("euler", {**SD1, "timestep_spacing": "leading"}, 6, 0, 0),
    "eulerTrailing": ("euler", {**SD2, "timestep_spacing": "trailing"}, 6, 0, 0),
    "eulerLinear": ("euler", LINEAR, 5, 0, 0),
    "eulerMidway": ("euler", SD1, 10, 0, 7),
    "dpm": ("dpm++2m", SD1, 10, 0, 0),
    "dpmManySteps": ("dpm++2m", SD1, 20, 0, 0),
    "dpmVelocity": ("dpm++2m", SD2, 7, 0, 0),
    "dpmLeading": ("dpm++2m", {**SD1, "timestep_spacing": "leading"}, 6, 0, 0),
    "dpmTrailing": ("dpm++2m", {**SD1, "timestep_spacing": "trailing"}, 6, 0, 0),
    "dpmLinear": ("dpm++2m", LINEAR, 5, 0, 0),
    "dpmOneStep": ("dpm++2m", SD1, 1, 0, 0),
    "dpmMidway": ("dpm++2m", SD1, 10, 0, 5),
}


def model(x, timestep):
    return x / (1 + x * x) + float(timestep) / 5000


def run(sampler, config, steps, eta, first):
    scheduler = CLASSES[sampler].from_config(config)
    scheduler.set_timesteps(steps)
    generator = torch.Generator().manual_seed(SEED)
    start = torch.randn(SHAPE, generator=generator)
    timesteps = scheduler.timesteps[first:]
    if first == 0:
        sample = start * scheduler.init_noise_sigma
    else:
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(first)
        sample = scheduler.add_noise(start, torch.randn(SHAPE, generator=generator), timesteps[:1])
    trajectory = [sample]
    extra = {"eta": eta, "generator": generator} if sampler == "ddim" else {}
    for timestep in timesteps:
        output = model(scheduler.scale_model_input(sample, timestep), timestep)
        sample = scheduler.step(output, timestep, sample, **extra).prev_sample
        trajectory.append(sample)
    record = {"sampler": sampler, "config": config, "steps": steps, "eta": eta, "first": first, "seed": SEED, "shape": SHAPE}
    return record, {"timesteps": scheduler.timesteps.float(), "trajectory": torch.stack(trajectory).float()}


def main():
    records, tensors = {}, {}
    for name, case in CASES.items():
        records[name], outputs = run(*case)
        tensors |= {f"{name}/{key}": value.contiguous() for key, value in outputs.items()}
    for name in ("ddim", "ddimClipped"):
        tensors[f"{name}/alphas_cumprod"] = DDIMScheduler.from_config(CASES[name][1]).alphas_cumprod
    save_file(tensors, OUTPUT, metadata={"cases": json.dumps(records)})
    print(f"{OUTPUT}: {OUTPUT.stat().st_size} bytes, {len(tensors)} tensors")


if __name__ == "__main__":
    main()
