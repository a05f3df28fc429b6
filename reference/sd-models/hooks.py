"""Stores what diffusers' tiny UNet gives when something inside is replaced: the outside truth of the tests of UNetHooks.

Weights and inputs are drawn as those of unet.py, everything is computed in float64. Pictures are stored NHWC.

Run: python reference/sd-models/hooks.py   (writes packages/sd-models/test/golden/hooks.safetensors)
"""

import json
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel
from safetensors.torch import save_file
from unet import CASES, channels_last, fill

OUTPUT = Path(__file__).resolve().parents[2] / "packages/sd-models/test/golden/hooks.safetensors"


def first_for_second(x):
    """Item 0 in the place of item 1 too."""
    return torch.cat([x[:1], x[:1]])


class Processor:
    """diffusers' plain attention processor, with a change of what it computes with, by head: [B, heads, L, features]."""

    def __init__(self, inputs=lambda *own: own, probabilities=lambda own: own):
        self.inputs, self.probabilities = inputs, probabilities

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, temb=None):
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        split = lambda x: x.unflatten(-1, (attn.heads, -1)).transpose(1, 2)
        query, key, value = self.inputs(*(split(x) for x in (attn.to_q(hidden_states), attn.to_k(context), attn.to_v(context))))
        scores = query @ key.transpose(-1, -2) * attn.scale
        return attn.to_out[0]((self.probabilities(scores.softmax(-1)) @ value).transpose(1, 2).flatten(2))


def attentions(unet, kind, place=""):
    return [m for name, m in unet.named_modules() if name.startswith(place) and name.endswith(kind)]


def cross_probabilities(unet):
    for attention in attentions(unet, "attn2"):
        attention.set_processor(Processor(probabilities=first_for_second))


def self_keys_and_values(unet):
    for attention in attentions(unet, "attn1", "up_blocks"):
        attention.set_processor(Processor(inputs=lambda q, k, v: (q, first_for_second(k), first_for_second(v))))


def attention_output(unet):
    for attention in attentions(unet, "attn1", "up_blocks"):
        attention.register_forward_hook(lambda module, inputs, output: 0.5 * output)


def residual(unet):
    unet.up_blocks[1].resnets[1].conv2.register_forward_hook(lambda module, inputs, output: first_for_second(output))


def resnet_inputs(unet):
    """What comes from below times 1.1, the skip times 0.9, in the second up block."""
    for resnet in unet.up_blocks[1].resnets:
        hidden = 64  # Of the tiny UNet's second up block, at every resnet.
        scale = lambda x: torch.cat([1.1 * x[:, :hidden], 0.9 * x[:, hidden:]], 1)
        resnet.register_forward_pre_hook(lambda module, inputs: (scale(inputs[0]), *inputs[1:]))


CHANGES = [cross_probabilities, self_keys_and_values, attention_output, residual, resnet_inputs]


def main():
    config, weight_seed, input_seed, shape, length, timestep = CASES["tiny"]
    generator = torch.Generator().manual_seed(input_seed)
    draw = lambda *size: torch.randn(*size, generator=generator).double()
    sample, context = draw(*shape), draw(shape[0], length, config["cross_attention_dim"])
    tensors = {}
    for change in CHANGES:
        unet = fill(UNet2DConditionModel(**config), weight_seed)
        change(unet)
        with torch.no_grad():
            tensors[f"{change.__name__}/out"] = channels_last(unet(sample, timestep, context).sample).float().contiguous()
    save_file(tensors, OUTPUT, metadata={"cases": json.dumps({change.__name__: {} for change in CHANGES})})
    print(f"{OUTPUT}: {OUTPUT.stat().st_size} bytes, {len(tensors)} tensors")


if __name__ == "__main__":
    main()
