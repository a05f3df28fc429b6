"""Stores what diffusers' UNet gives for small configurations: every layer's output, gradients, attention maps.

Weights and inputs are drawn from torch's CPU generator by the fill rule, so the tests make them again and only
results are stored. Everything is computed in float64. Pictures are stored NHWC.

Of a layer's output every 37th element is stored, and no layer has a number of channels that 37 divides.

Run: python reference/sd-models/unet.py   (writes packages/sd-models/test/golden/unet.safetensors)
"""

import copy
import json
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel
from safetensors.torch import save_file

from fill import SAMPLE_STRIDE, channels_last, fill

OUTPUT = Path(__file__).resolve().parents[2] / "packages/sd-models/test/golden/unet.safetensors"

TINY = {"block_out_channels": [32, 64, 64, 64], "cross_attention_dim": 32, "attention_head_dim": 8}
SHALLOW = {"layers_per_block": 1, "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"],
           "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"]}  # fmt: skip

# name: config, weight seed, input seed, sample [B, C, H, W], context length, timestep
CASES = {
    "tiny": (TINY, 1234, 99, [2, 4, 16, 16], 77, 233),
    "sd2": (
        {**TINY, "cross_attention_dim": 48, "use_linear_projection": True, "attention_head_dim": [2, 4, 4, 8]},
        5, 6, [2, 4, 16, 16], 9, [7, 912]),
    "oddSize": (TINY, 1234, 3, [1, 4, 13, 11], 5, 999),
    "shapes": (
        {**SHALLOW, "block_out_channels": [32, 64, 96], "cross_attention_dim": 64, "attention_head_dim": 4,
         "norm_num_groups": 8,
         "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
         "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"]},
        8, 9, [1, 4, 16, 16], 12, 500),
    "diffusersTest": (
        {"block_out_channels": [4, 8], "norm_num_groups": 4, "layers_per_block": 2, "cross_attention_dim": 8,
         "attention_head_dim": 2, "sample_size": 16, "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"],
         "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D"]},
        10, 11, [4, 4, 16, 16], 4, 10),
    "diffusersTestFlipped": (
        {"block_out_channels": [8, 16], "norm_num_groups": 4, "cross_attention_dim": 8, "attention_head_dim": [2, 4],
         "flip_sin_to_cos": False, "freq_shift": 1, "norm_eps": 1e-4, "in_channels": 3, "out_channels": 5,
         "down_block_types": ["CrossAttnDownBlock2D"] * 2, "up_block_types": ["CrossAttnUpBlock2D"] * 2},
        12, 13, [2, 3, 8, 12], 3, 1),
}  # fmt: skip

# Of the tiny case: layers whose attention maps of item 1 are stored.
MAPS = ["down_blocks.1.attentions.1", "down_blocks.2.attentions.0", "mid_block.attentions.0", "up_blocks.1.attentions.2"]


def recorded(kind, name):
    """Which modules' outputs are stored: those that the tests' UNet also has."""
    return name and kind in {
        "Conv2d", "ResnetBlock2D", "Transformer2DModel", "BasicTransformerBlock", "Attention", "FeedForward",
        "Downsample2D", "Upsample2D", "DownBlock2D", "CrossAttnDownBlock2D", "UNetMidBlock2DCrossAttn", "UpBlock2D",
        "CrossAttnUpBlock2D"} and not (kind == "Conv2d" and "." in name)  # fmt: skip


def record_outputs(unet, outputs):
    def hook(name):
        def store(module, inputs, output):
            first = output[0] if isinstance(output, tuple) else output
            outputs[f"layers/{name}"] = channels_last(first.detach()).flatten()[::SAMPLE_STRIDE]

        return store

    for name, module in unet.named_modules():
        if recorded(type(module).__name__, name):
            module.register_forward_hook(hook(name))


class StoringProcessor:
    """diffusers' plain attention processor, keeping the probabilities of item 1: [heads, queries, keys]."""

    def __init__(self, outputs, name):
        self.outputs, self.name = outputs, name

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, temb=None):
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        query, key, value = (
            attn.head_to_batch_dim(x) for x in (attn.to_q(hidden_states), attn.to_k(context), attn.to_v(context))
        )
        probabilities = attn.get_attention_scores(query, key)
        self.outputs[self.name] = probabilities.unflatten(0, (-1, attn.heads))[1].detach()
        return attn.to_out[0](attn.batch_to_head_dim(torch.bmm(probabilities, value)))


def attention_maps(unet, sample, timestep, context):
    maps = {}
    for transformer in MAPS:
        for attention in ("attn1", "attn2"):
            name = f"{transformer}.transformer_blocks.0.{attention}"
            unet.get_submodule(name).set_processor(StoringProcessor(maps, f"maps/{name}"))
    unet(sample, timestep, context)
    stored = {name: p.mean(0) for name, p in maps.items()}
    whole = "maps/mid_block.attentions.0.transformer_blocks.0.attn2"
    return {**stored, whole: maps[whole]}


def half_error(unet, inputs, expected):
    """The worst error of PyTorch's own f16 arithmetic, relative to each layer's largest magnitude."""
    half = copy.deepcopy(unet).half()
    outputs = {}
    record_outputs(half, outputs)
    sample, steps, context = inputs
    with torch.no_grad():
        outputs["out"] = channels_last(half(sample.half(), steps, context.half()).sample)
    return max(float((x.double() - expected[k]).abs().max() / expected[k].abs().max()) for k, x in outputs.items())


def run(case):
    config, weight_seed, input_seed, shape, length, timestep = case
    unet = fill(UNet2DConditionModel(**config), weight_seed)
    plain = copy.deepcopy(unet)
    generator = torch.Generator().manual_seed(input_seed)
    draw = lambda *size: torch.randn(*size, generator=generator).double()
    sample = draw(*shape).requires_grad_()
    context = draw(shape[0], length, unet.config.cross_attention_dim).requires_grad_()
    gradient = draw(shape[0], unet.config.out_channels, *shape[2:])
    outputs = {}
    record_outputs(unet, outputs)
    steps = torch.tensor(timestep)
    out = unet(sample, steps, context).sample
    out.backward(gradient)
    outputs["out"] = channels_last(out.detach())
    error = half_error(plain, (sample, steps, context), outputs)
    outputs["grad_sample"] = channels_last(sample.grad)
    outputs["grad_context"] = context.grad
    if config is TINY and length == 77:
        outputs |= attention_maps(unet, sample, steps, context)
    record = {"config": dict(unet.config), "weightSeed": weight_seed, "inputSeed": input_seed,
              "sampleShape": shape, "contextLength": length, "timestep": timestep,
              "halfError": round(error, 4)}  # fmt: skip
    return record, outputs


def main():
    records, tensors = {}, {}
    for name, case in CASES.items():
        records[name], outputs = run(case)
        tensors |= {f"{name}/{key}": value.float().contiguous() for key, value in outputs.items()}
    first = tensors["tiny/out"].permute(0, 3, 1, 2).flatten()[:4]
    torch.testing.assert_close(first, torch.tensor([0.0478135, -0.2670941, -0.5378230, -0.1842189]), rtol=1e-5, atol=1e-5)
    save_file(tensors, OUTPUT, metadata={"cases": json.dumps(records)})
    print(f"{OUTPUT}: {OUTPUT.stat().st_size} bytes, {len(tensors)} tensors")


if __name__ == "__main__":
    main()
