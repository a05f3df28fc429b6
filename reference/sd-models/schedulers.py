"""Stores diffusers' noise schedules, timesteps and sampling trajectories, and the files its schedulers save.

The model of the trajectories is a formula of the sample and the timestep, so that the tests can evaluate it too:
x / (1 + x^2) + t / 5000. Start, and the noise of stochastic steps, come from torch's CPU generator.

Run: python reference/sd-models/schedulers.py   (writes schedulers.safetensors, noise_schedules.safetensors and
scheduler_classes.json in packages/sd-models/test/golden)
"""

import json
from pathlib import Path

import diffusers
import torch
from diffusers import (
    DDIMScheduler,
    DDPMScheduler,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    HeunDiscreteScheduler,
)
from safetensors.torch import save_file

OUTPUT = Path(__file__).resolve().parents[2] / "packages/sd-models/test/golden/schedulers.safetensors"
SCHEDULES_OUTPUT = OUTPUT.with_name("noise_schedules.safetensors")
CLASSES_OUTPUT = OUTPUT.with_name("scheduler_classes.json")
SHAPE = [1, 4, 3, 5]
SEED = 17

CLASSES = {"ddim": DDIMScheduler, "euler": EulerDiscreteScheduler, "dpm++2m": DPMSolverMultistepScheduler}

# scheduler_config.json of Stable Diffusion 1.5 and of 2.1.
SD1 = {"_class_name": "PNDMScheduler", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
       "num_train_timesteps": 1000, "set_alpha_to_one": False, "skip_prk_steps": True, "steps_offset": 1,
       "trained_betas": None, "clip_sample": False}  # fmt: skip
SD2 = {**SD1, "_class_name": "DDIMScheduler", "prediction_type": "v_prediction"}
LINEAR = {"beta_start": 0.0001, "beta_end": 0.02, "beta_schedule": "linear", "num_train_timesteps": 400,
          "clip_sample": True, "set_alpha_to_one": True, "steps_offset": 0}  # fmt: skip
COSINE = {**SD1, "beta_schedule": "squaredcos_cap_v2"}
ZERO_SNR = {**SD2, "rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}
KARRAS = {**SD1, "use_karras_sigmas": True}
EXPONENTIAL = {**SD1, "use_exponential_sigmas": True}
SIGMA_MIN = {**SD1, "final_sigmas_type": "sigma_min"}

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
    "ddimZeroSnr": ("ddim", ZERO_SNR, 6, 0, 0),
    "ddimCosine": ("ddim", COSINE, 6, 0, 0),
    "eulerKarras": ("euler", KARRAS, 8, 0, 0),
    "eulerKarrasLeading": ("euler", {**KARRAS, "timestep_spacing": "leading"}, 7, 0, 0),
    "eulerKarrasEnds": ("euler", {**KARRAS, "sigma_min": 0.1, "sigma_max": 9.0}, 5, 0, 0),
    "eulerKarrasMidway": ("euler", KARRAS, 8, 0, 3),
    "eulerExponential": ("euler", {**EXPONENTIAL, **SD2}, 6, 0, 0),
    "eulerSigmaMin": ("euler", SIGMA_MIN, 6, 0, 0),
    "eulerZeroSnr": ("euler", ZERO_SNR, 6, 0, 0),
    "eulerCosine": ("euler", COSINE, 6, 0, 0),
    "dpmKarras": ("dpm++2m", KARRAS, 10, 0, 0),
    "dpmKarrasManySteps": ("dpm++2m", {**KARRAS, **SD2}, 25, 0, 0),
    "dpmKarrasCosine": ("dpm++2m", {**KARRAS, "beta_schedule": "squaredcos_cap_v2"}, 7, 0, 0),
    "dpmKarrasEnds": ("dpm++2m", {**KARRAS, "sigma_min": 0.1, "sigma_max": 9.0}, 5, 0, 0),
    "dpmKarrasMidway": ("dpm++2m", KARRAS, 10, 0, 4),
    "dpmExponential": ("dpm++2m", EXPONENTIAL, 9, 0, 0),
    "dpmSigmaMin": ("dpm++2m", SIGMA_MIN, 9, 0, 0),
    "dpmSigmaMinManySteps": ("dpm++2m", SIGMA_MIN, 16, 0, 0),
    "dpmSigmaMinSecondOrder": ("dpm++2m", {**SIGMA_MIN, "lower_order_final": False}, 6, 0, 0),
    "dpmEulerAtFinal": ("dpm++2m", {**SIGMA_MIN, "euler_at_final": True}, 16, 0, 0),
    "dpmZeroSnr": ("dpm++2m", ZERO_SNR, 6, 0, 0),
}

# name: the class that makes the schedule, configuration
SCHEDULES = {
    "scaled_linear": (DDIMScheduler, SD1),
    "linear": (DDIMScheduler, LINEAR),
    "squaredcos_cap_v2": (DDIMScheduler, COSINE),
    "sigmoid": (DDPMScheduler, {**SD1, "beta_schedule": "sigmoid"}),
    "laplace": (DDPMScheduler, {**SD1, "beta_schedule": "laplace"}),
    "exp": (HeunDiscreteScheduler, {**SD1, "beta_schedule": "exp"}),
    "zero_snr": (DDIMScheduler, ZERO_SNR),
    "zero_snr_cosine": (DDIMScheduler, {**COSINE, "rescale_betas_zero_snr": True}),
    "trained_betas": (DDIMScheduler, {**SD1, "trained_betas": [round(0.001 + 0.00002 * i, 5) for i in range(600)],
                                      "num_train_timesteps": 600}),
}  # fmt: skip


def model(x, timestep):
    return x / (1 + x * x) + float(timestep) / 5000


def run(sampler, config, steps, eta, first):
    scheduler = CLASSES[sampler].from_config(config)
    scheduler.set_timesteps(steps)
    generator = torch.Generator().manual_seed(SEED)
    start = torch.randn(SHAPE, generator=generator)
    timesteps = scheduler.timesteps[first:]
    if hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(first)  # else it is looked up by the timestep, of which there can be two
    if first == 0:
        sample = start * scheduler.init_noise_sigma
    else:
        sample = scheduler.add_noise(start, torch.randn(SHAPE, generator=generator), timesteps[:1])
    trajectory = [sample]
    extra = {"eta": eta, "generator": generator} if sampler == "ddim" else {}
    for timestep in timesteps:
        output = model(scheduler.scale_model_input(sample, timestep), timestep)
        sample = scheduler.step(output, timestep, sample, **extra).prev_sample
        trajectory.append(sample)
    record = {"sampler": sampler, "config": config, "steps": steps, "eta": eta, "first": first, "seed": SEED, "shape": SHAPE}
    return record, {"timesteps": scheduler.timesteps.float(), "trajectory": torch.stack(trajectory).float()}


def classes():
    """The files that diffusers' schedulers save: of Stable Diffusion's configuration, and of their own defaults."""
    rows = []
    for name in sorted(dir(diffusers)):
        if not name.endswith("Scheduler") or name.startswith("Flax"):
            continue
        kind = getattr(diffusers, name)
        try:
            saved, default = kind.from_config(SD1), kind()
        except (ImportError, TypeError, ValueError):
            # Needs torchsde, or is of no use to latents of four channels.
            print(f"left out: {name}")
            continue
        rows.append({"class": name, "saved": saved.to_json_string(), "default": default.to_json_string(),
                     "saved_abar": abar(saved), "default_abar": abar(default)})  # fmt: skip
    return rows


def abar(scheduler):
    """Some of a scheduler's alphas_cumprod; None where it has none."""
    values = getattr(scheduler, "alphas_cumprod", None)
    return None if values is None else {t: values[t].item() for t in (0, 1, 50, 500, 948, 999)}


def main():
    records, tensors = {}, {}
    for name, case in CASES.items():
        records[name], outputs = run(*case)
        tensors |= {f"{name}/{key}": value.contiguous() for key, value in outputs.items()}
    save_file(tensors, OUTPUT, metadata={"cases": json.dumps(records)})
    print(f"{OUTPUT}: {OUTPUT.stat().st_size} bytes, {len(tensors)} tensors")

    schedules = {name: {"config": config} for name, (_, config) in SCHEDULES.items()}
    tensors = {f"{name}/alphas_cumprod": kind.from_config(config).alphas_cumprod for name, (kind, config) in SCHEDULES.items()}
    save_file(tensors, SCHEDULES_OUTPUT, metadata={"cases": json.dumps(schedules)})
    CLASSES_OUTPUT.write_text(json.dumps(classes(), indent=1) + "\n")


if __name__ == "__main__":
    main()
