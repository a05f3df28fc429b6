"""The rule by which the small models' weights are drawn, and what is stored of a layer's output."""

import torch

# Every such element is stored; no layer has a number of channels that 37 divides.
SAMPLE_STRIDE = 37


def fill(module, seed):
    """Draws every parameter in sorted key order: the rule under "Tiny models" of the tests' fillWeights."""
    generator = torch.Generator().manual_seed(seed)
    state = {}
    for key, old in sorted(module.state_dict().items()):
        r = torch.randn(old.shape, generator=generator)
        if old.dim() <= 1:
            is_norm_weight = "norm" in key and key.endswith("weight")
            state[key] = 1 + 0.1 * r if is_norm_weight else 0.1 * r
        else:
            state[key] = r / old[0].numel() ** 0.5
    module.load_state_dict(state)
    return module.double().requires_grad_(False)


def channels_last(x):
    return x.permute(0, 2, 3, 1) if x.dim() == 4 else x
