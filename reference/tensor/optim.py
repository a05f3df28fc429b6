"""Optimizers, clipping, learning-rate schedules and an exponential moving average over 20 steps.

Optimizers: from `parameter` and `gradients` [20, ..] the parameter after each step [20, ..]. Schedules:
the rate used at each of `steps` steps. emaUpdate: the average after each of the `parameters` [20, ..] is
seen, the first being copied. clipGradNorm: the clipped gradients, then the norm before clipping.
"""

import torch
from torch.optim import lr_scheduler
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from .family import Family

STEPS = 20


def trajectory(optimizer_class):
    def run(parameter, gradients, **options):
        value = torch.nn.Parameter(parameter.clone())
        optimizer = optimizer_class([value], **options)
        seen = []
        for gradient in gradients:
            value.grad = gradient.clone()
            optimizer.step()
            seen.append(value.detach().clone())
        return torch.stack(seen)

    return run


def schedule(scheduler_class):
    def run(*, base_lr, steps, **options):
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base_lr)
        scheduler = scheduler_class(optimizer, **options)
        rates = []
        for _ in range(steps):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
        return torch.tensor(rates, dtype=torch.float64)

    return run


def one_cycle(optimizer, **options):
    return lr_scheduler.OneCycleLR(optimizer, cycle_momentum=False, **options)


def linear_warmup(optimizer, **options):
    return lr_scheduler.LinearLR(optimizer, end_factor=1.0, **options)


def clip_grad_norm(*gradients, max_norm):
    holders = [torch.nn.Parameter(torch.zeros_like(gradient)) for gradient in gradients]
    for holder, gradient in zip(holders, gradients):
        holder.grad = gradient.clone()
    norm = torch.nn.utils.clip_grad_norm_(holders, max_norm)
    return (*[holder.grad for holder in holders], norm)


def ema_update(parameters, *, decay):
    model = torch.nn.ParameterList([torch.zeros_like(parameters[0])])
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay))
    seen = []
    for value in parameters:
        model[0].data.copy_(value)
        average.update_parameters(model)
        seen.append(average.module[0].detach().clone())
    return torch.stack(seen)


OPTIMIZERS = {
    "sgd": ("sgd", {"lr": 0.1}),
    "sgdMomentum": ("sgd", {"lr": 0.1, "momentum": 0.9}),
    "sgdDampening": ("sgd", {"lr": 0.1, "momentum": 0.9, "dampening": 0.5}),
    "sgdNesterov": ("sgd", {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
    "sgdWeightDecay": ("sgd", {"lr": 0.1, "weight_decay": 0.05}),
    "sgdAll": ("sgd", {"lr": 0.05, "momentum": 0.8, "nesterov": True, "weight_decay": 0.05}),
    "adam": ("adam", {"lr": 0.01, "betas": [0.9, 0.999], "eps": 1e-8}),
    "adamBetas": ("adam", {"lr": 0.02, "betas": [0.5, 0.9], "eps": 1e-4}),
    "adamWeightDecay": ("adam", {"lr": 0.01, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.1}),
    "adamW": ("adamW", {"lr": 0.01, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.1}),
    "adamWNoDecay": ("adamW", {"lr": 0.01, "betas": [0.9, 0.95], "eps": 1e-8, "weight_decay": 0.0}),
}
SCHEDULES = {
    "cosine": ("cosineAnnealingLR", {"T_max": 20, "eta_min": 0.01}),
    "cosineToZero": ("cosineAnnealingLR", {"T_max": 19}),
    "warmup": ("linearLR", {"start_factor": 0.1, "total_iters": 8}),
    "step": ("stepLR", {"step_size": 6, "gamma": 0.3}),
    "oneCycle": ("oneCycleLR", {"max_lr": 0.5, "total_steps": 20, "pct_start": 0.3}),
    "oneCycleFactors": (
        "oneCycleLR",
        {"max_lr": 0.5, "total_steps": 20, "pct_start": 0.25, "div_factor": 10.0, "final_div_factor": 100.0},
    ),
}


def write():
    family = Family(
        "optim",
        {
            "sgd": trajectory(torch.optim.SGD),
            "adam": trajectory(torch.optim.Adam),
            "adamW": trajectory(torch.optim.AdamW),
            "cosineAnnealingLR": schedule(lr_scheduler.CosineAnnealingLR),
            "linearLR": schedule(linear_warmup),
            "stepLR": schedule(lr_scheduler.StepLR),
            "oneCycleLR": schedule(one_cycle),
            "clipGradNorm": clip_grad_norm,
            "emaUpdate": ema_update,
        },
    )
    for name, (op, options) in OPTIMIZERS.items():
        inputs = {"parameter": family.normal(3, 5), "gradients": family.normal(STEPS, 3, 5)}
        family.case(name, op, inputs, [], **options)
    for name, (op, options) in SCHEDULES.items():
        family.case(name, op, {}, [], base_lr=0.2, steps=STEPS, **options)
    pair = {"a": family.normal(3, 5), "b": family.normal(8)}
    family.case("clipLarge", "clipGradNorm", pair, [], max_norm=1.0)
    family.case("clipSmall", "clipGradNorm", pair, [], max_norm=100.0)
    family.case("ema", "emaUpdate", {"parameters": family.normal(STEPS, 7)}, [], decay=0.9)
    family.case("emaSlow", "emaUpdate", {"parameters": family.normal(STEPS, 7)}, [], decay=0.999)
    family.write()
