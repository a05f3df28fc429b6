"""Stores what diffusers' AutoencoderKL gives for small configurations: every block's output, moments, pictures, the
gradient of decoding, and tiled passes.

Weights and inputs are drawn from torch's CPU generator by the fill rule, so the tests make them again and only
results are stored. Everything is computed in float64. Pictures are stored NHWC, and of large outputs every 37th
element.

Run: python reference/sd-models/vae.py   (writes packages/sd-models/test/golden/vae.safetensors)
"""

import json
from pathlib import Path

import torch
from diffusers import AutoencoderKL
from safetensors.torch import save_file

from fill import SAMPLE_STRIDE, channels_last, fill

OUTPUT = Path(__file__).resolve().parents[2] / "packages/sd-models/test/golden/vae.safetensors"

SHAPES = {"block_out_channels": [16, 32, 64], "layers_per_block": 1, "norm_num_groups": 4}

# name: config, weight seed, input seed, picture [B, C, H, W]
CASES = {
    "tiny": ({"block_out_channels": [32, 64, 64, 64], "layers_per_block": 2}, 4321, 7, [1, 3, 64, 64]),
    "shapes": (SHAPES, 31, 32, [2, 3, 24, 32]),
    "diffusersTest": ({"block_out_channels": [2, 4], "norm_num_groups": 2}, 33, 34, [4, 3, 16, 16]),
    "bare": (
        {"block_out_channels": [8, 8, 12], "norm_num_groups": 2, "latent_channels": 3, "mid_block_add_attention": False,
         "use_quant_conv": False, "use_post_quant_conv": False, "in_channels": 1, "out_channels": 2},
        35, 36, [1, 1, 16, 24]),
}  # fmt: skip

# name: config, weight seed, input seed, picture, side of a tile
TILED = {
    "tiled": (SHAPES, 31, 37, [1, 3, 56, 80], 32),
    "tiledExactly": (SHAPES, 31, 38, [1, 3, 48, 48], 16),
}

RECORDED = {
    "Conv2d", "ResnetBlock2D", "Attention", "Downsample2D", "Upsample2D", "DownEncoderBlock2D", "UNetMidBlock2D",
    "UpDecoderBlock2D", "Encoder", "Decoder"}  # fmt: skip


def built(config, weight_seed):
    levels = len(config["block_out_channels"])
    blocks = {"down_block_types": ["DownEncoderBlock2D"] * levels, "up_block_types": ["UpDecoderBlock2D"] * levels}
    return fill(AutoencoderKL(**config, **blocks), weight_seed)


def record_outputs(vae, outputs):
    def hook(name):
        def store(module, inputs, output):
            outputs[f"layers/{name}"] = channels_last(output.detach()).flatten()[::SAMPLE_STRIDE]

        return store

    for name, module in vae.named_modules():
        if name and type(module).__name__ in RECORDED and name.count(".") < 4:
            module.register_forward_hook(hook(name))


def moments(vae, image):
    distribution = vae.encode(image).latent_dist
    return {"mean": channels_last(distribution.mean), "logvar": channels_last(distribution.logvar)}


def inputs_of(vae, seed, shape):
    """The picture in [-1, 1], latents for decoding, and the gradient that reaches the decoded picture."""
    generator = torch.Generator().manual_seed(seed)
    batch, _, height, width = shape
    factor = 2 ** (len(vae.config.block_out_channels) - 1)
    image = torch.rand(shape, generator=generator) * 2 - 1
    latents = torch.randn(batch, vae.config.latent_channels, height // factor, width // factor, generator=generator)
    gradient = torch.randn(batch, vae.config.out_channels, height, width, generator=generator)
    return image.double(), latents.double(), gradient.double()


def run(config, weight_seed, input_seed, shape):
    vae = built(config, weight_seed)
    image, latents, gradient = inputs_of(vae, input_seed, shape)
    outputs = {}
    record_outputs(vae, outputs)
    outputs |= moments(vae, image)
    latents.requires_grad_()
    picture = vae.decode(latents).sample
    picture.backward(gradient)
    outputs["picture"] = channels_last(picture.detach()).flatten()[::SAMPLE_STRIDE]
    outputs["grad_latents"] = channels_last(latents.grad)
    return {"config": dict(vae.config), "weightSeed": weight_seed, "inputSeed": input_seed, "shape": shape}, outputs


def run_tiled(config, weight_seed, input_seed, shape, tile):
    vae = built(config, weight_seed)
    image, latents, _ = inputs_of(vae, input_seed, shape)
    vae.enable_tiling()
    vae.tile_sample_min_size = tile
    vae.tile_latent_min_size = tile // 2 ** (len(config["block_out_channels"]) - 1)
    picture = channels_last(vae.decode(latents).sample).flatten()[::SAMPLE_STRIDE]
    record = {"config": dict(vae.config), "weightSeed": weight_seed, "inputSeed": input_seed, "shape": shape, "tile": tile}
    return record, moments(vae, image) | {"picture": picture}


def check_tiny():
    vae = built(*CASES["tiny"][:2]).float()
    image = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(7)) * 2 - 1
    mean = vae.encode(image).latent_dist.mean
    expected = torch.tensor([-0.0430487, 0.0447433, 0.4084575, -0.2341371])
    torch.testing.assert_close(mean.flatten()[:4], expected, rtol=1e-5, atol=1e-6)
    decoded = vae.decode(mean).sample.flatten()[:2]
    torch.testing.assert_close(decoded, torch.tensor([0.1807217, 0.4161977]), rtol=1e-5, atol=1e-6)


def main():
    check_tiny()
    records, tensors = {}, {}
    for name, case in CASES.items():
        records[name], outputs = run(*case)
        tensors |= {f"{name}/{key}": value.float().contiguous() for key, value in outputs.items()}
    for name, case in TILED.items():
        records[name], outputs = run_tiled(*case)
        tensors |= {f"{name}/{key}": value.float().contiguous() for key, value in outputs.items()}
    save_file(tensors, OUTPUT, metadata={"cases": json.dumps(records)})
    print(f"{OUTPUT}: {OUTPUT.stat().st_size} bytes, {len(tensors)} tensors")


if __name__ == "__main__":
    main()
