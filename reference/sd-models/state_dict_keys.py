"""Stores the tensor names and shapes of Stable Diffusion and CLIP ViT-B/32 checkpoints.

Diffusers names and shapes come from the modules themselves, built on torch's meta device. Single-file (LDM)
names are proved by diffusers' own converters: the LDM key list made here must convert to exactly the module's
keys, and the stored pairs are what the converter did. The original-CLIP names are proved by computation: a
module of the original's structure and transformers' CLIPModel give the same embeddings after the renaming.

Run: python reference/sd-models/state_dict_keys.py   (writes testing/models/golden/state_dict_keys.json.gz)
"""

import gzip
import json
import re
from pathlib import Path

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.loaders.single_file_utils import (
    convert_ldm_clip_checkpoint,
    convert_ldm_unet_checkpoint,
    convert_ldm_vae_checkpoint,
    convert_open_clip_checkpoint,
)
from transformers import CLIPConfig, CLIPModel, CLIPTextConfig, CLIPTextModel

from original_clip import OriginalClip

OUTPUT = Path(__file__).resolve().parents[2] / "testing/models/golden/state_dict_keys.json.gz"

UNET_BLOCKS = {
    "down_block_types": ["CrossAttnDownBlock2D"] * 3 + ["DownBlock2D"],
    "up_block_types": ["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 3,
}
VAE_BLOCKS = {"down_block_types": ["DownEncoderBlock2D"] * 4, "up_block_types": ["UpDecoderBlock2D"] * 4}
VAE = {"block_out_channels": [128, 256, 512, 512], "layers_per_block": 2, "latent_channels": 4, **VAE_BLOCKS}

MODELS = {
    "sd15": {
        "unet": {"block_out_channels": [320, 640, 1280, 1280], "layers_per_block": 2, "cross_attention_dim": 768,
                 "attention_head_dim": 8, "use_linear_projection": False, **UNET_BLOCKS},
        "vae": VAE,
        "text": {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12,
                 "vocab_size": 49408, "max_position_embeddings": 77, "hidden_act": "quick_gelu"},
    },
    "sd2": {
        "unet": {"block_out_channels": [320, 640, 1280, 1280], "layers_per_block": 2, "cross_attention_dim": 1024,
                 "attention_head_dim": [5, 10, 20, 20], "use_linear_projection": True, **UNET_BLOCKS},
        "vae": VAE,
        "text": {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 23, "num_attention_heads": 16,
                 "vocab_size": 49408, "max_position_embeddings": 77, "hidden_act": "gelu"},
    },
    "tiny": {
        "unet": {"block_out_channels": [32, 64, 64, 64], "layers_per_block": 2, "cross_attention_dim": 32,
                 "attention_head_dim": 8, "use_linear_projection": False, **UNET_BLOCKS},
        "vae": {**VAE, "block_out_channels": [32, 64, 64, 64]},
        "text": {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
                 "vocab_size": 1000, "max_position_embeddings": 77, "hidden_act": "quick_gelu"},
    },
}


class Named:
    """Stands in for a tensor and remembers its name and what a converter does to it."""

    def __init__(self, key, shape, view=None):
        self.key, self.shape, self.view = key, tuple(shape), view

    @property
    def ndim(self):
        return len(self.shape)

    @property
    def T(self):
        return Named(self.key, self.shape[::-1], "transpose")

    def contiguous(self):
        return self

    clone = detach = contiguous

    def __getitem__(self, index):
        first = index[0] if isinstance(index, tuple) else index
        if first == slice(None):  # x[:, :, 0, 0]: the trailing ones of a 1x1 convolution
            return Named(self.key, self.shape[:2], "squeeze")
        start, stop, _ = first.indices(self.shape[0])
        return Named(self.key, (stop - start, *self.shape[1:]), [start, stop])


def shapes(module):
    return {key: list(tensor.shape) for key, tensor in module.state_dict().items()}


def renamed(key, table):
    for pattern, replacement in table:
        new, count = re.subn(pattern, replacement, key)
        if count:
            return new
    raise KeyError(key)


def ldm_unet_key(key, layers):
    if ".resnets." in key:
        for new, old in [("norm1", "in_layers.0"), ("conv1", "in_layers.2"), ("time_emb_proj", "emb_layers.1"),
                         ("norm2", "out_layers.0"), ("conv2", "out_layers.3"), ("conv_shortcut", "skip_connection")]:
            key = key.replace(f".{new}.", f".{old}.")
    step = layers + 1
    down = lambda m: f"input_blocks.{int(m[1]) * step + int(m[3]) + 1}.{int(m[2] == 'attentions')}."
    up = lambda m: f"output_blocks.{int(m[1]) * step + int(m[3])}.{int(m[2] == 'attentions')}."
    mid = lambda m: f"middle_block.{1 if m[1] == 'attentions' else 2 * int(m[2])}."
    return "model.diffusion_model." + renamed(key, [
        (r"^time_embedding\.linear_1\.", "time_embed.0."),
        (r"^time_embedding\.linear_2\.", "time_embed.2."),
        (r"^conv_in\.", "input_blocks.0.0."),
        (r"^conv_norm_out\.", "out.0."),
        (r"^conv_out\.", "out.2."),
        (r"^down_blocks\.(\d)\.(resnets|attentions)\.(\d)\.", down),
        (r"^down_blocks\.(\d)\.downsamplers\.0\.conv\.", lambda m: f"input_blocks.{(int(m[1]) + 1) * step}.0.op."),
        (r"^mid_block\.(resnets|attentions)\.(\d)\.", mid),
        (r"^up_blocks\.(\d)\.(resnets|attentions)\.(\d)\.", up),
        (r"^up_blocks\.(\d)\.upsamplers\.0\.conv\.",
         lambda m: f"output_blocks.{int(m[1]) * step + layers}.{1 if m[1] == '0' else 2}.conv."),
    ])


def ldm_vae_key(key, blocks):
    for new, old in [("conv_shortcut", "nin_shortcut"), ("conv_norm_out", "norm_out"), (".group_norm.", ".norm."),
                     (".to_q.", ".q."), (".to_k.", ".k."), (".to_v.", ".v."), (".to_out.0.", ".proj_out.")]:
        key = key.replace(new, old)
    key = re.sub(r"\bdown_blocks\.(\d)\.resnets\.", r"down.\1.block.", key)
    key = re.sub(r"\bdown_blocks\.(\d)\.downsamplers\.0\.", r"down.\1.downsample.", key)
    key = re.sub(r"\bup_blocks\.(\d)\.resnets\.", lambda m: f"up.{blocks - 1 - int(m[1])}.block.", key)
    key = re.sub(r"\bup_blocks\.(\d)\.upsamplers\.0\.", lambda m: f"up.{blocks - 1 - int(m[1])}.upsample.", key)
    key = re.sub(r"\bmid_block\.resnets\.(\d)\.", lambda m: f"mid.block_{int(m[1]) + 1}.", key)
    return "first_stage_model." + key.replace("mid_block.attentions.0.", "mid.attn_1.")


def ldm_vae_shape(key, shape):
    is_attention_matrix = ".attentions." in key and len(shape) == 2
    return [*shape, 1, 1] if is_attention_matrix else shape


def rows(expected, converted):
    """[diffusers key, shape, stored key, stored shape, view] of every tensor, proved by the converter's result."""
    missing, extra = set(expected) - set(converted), set(converted) - set(expected)
    assert not missing and not extra, (sorted(missing)[:3], sorted(extra)[:3])
    for key, shape in expected.items():
        assert list(converted[key].shape) == shape, (key, converted[key].shape, shape)
    return [[key, shape, converted[key].key, converted[key].view] for key, shape in sorted(expected.items())]


def stored(checkpoint):
    return {key: list(tensor.shape) for key, tensor in sorted(checkpoint.items())}


def unet_entry(config):
    expected = shapes(UNet2DConditionModel(**config))
    names = {ldm_unet_key(key, config["layers_per_block"]): shape for key, shape in expected.items()}
    checkpoint = {key: Named(key, shape) for key, shape in names.items()}
    return {"config": config, "tensors": rows(expected, convert_ldm_unet_checkpoint(checkpoint, config)),
            "stored": stored(checkpoint)}


def vae_entry(config):
    expected = shapes(AutoencoderKL(**config))
    names = {ldm_vae_key(key, len(config["block_out_channels"])): ldm_vae_shape(key, shape)
             for key, shape in expected.items()}
    checkpoint = {key: Named(key, shape) for key, shape in names.items()}
    return {"config": config, "tensors": rows(expected, convert_ldm_vae_checkpoint(checkpoint, config)),
            "stored": stored(checkpoint)}


def text_shapes(config):
    # Checkpoint files carry the text_model. prefix that transformers 5 dropped from the module's own names.
    prefix = "" if any(key.startswith("text_model.") for key in shapes(CLIPTextModel(config))) else "text_model."
    return {prefix + key: shape for key, shape in shapes(CLIPTextModel(config)).items()}


def text_entry(config):
    expected = text_shapes(CLIPTextConfig(**config))
    checkpoint = {f"cond_stage_model.transformer.{key}": Named(f"cond_stage_model.transformer.{key}", shape)
                  for key, shape in expected.items()}
    return {"config": config, "tensors": rows(expected, convert_ldm_clip_checkpoint(checkpoint)),
            "stored": stored(checkpoint)}


def open_clip_text_entry(config):
    """OpenCLIP's text tower as Stable Diffusion 2 stores it: one layer more, never run, than diffusers keeps."""
    width, mlp = config["hidden_size"], config["intermediate_size"]
    block = {"ln_1.weight": [width], "ln_1.bias": [width], "ln_2.weight": [width], "ln_2.bias": [width],
             "attn.in_proj_weight": [3 * width, width], "attn.in_proj_bias": [3 * width],
             "attn.out_proj.weight": [width, width], "attn.out_proj.bias": [width],
             "mlp.c_fc.weight": [mlp, width], "mlp.c_fc.bias": [mlp],
             "mlp.c_proj.weight": [width, mlp], "mlp.c_proj.bias": [width]}
    tower = {"token_embedding.weight": [config["vocab_size"], width],
             "positional_embedding": [config["max_position_embeddings"], width],
             "ln_final.weight": [width], "ln_final.bias": [width], "text_projection": [width, width]}
    for layer in range(config["num_hidden_layers"] + 1):
        tower |= {f"transformer.resblocks.{layer}.{name}": shape for name, shape in block.items()}
    checkpoint = {f"cond_stage_model.model.{key}": Named(f"cond_stage_model.model.{key}", shape)
                  for key, shape in tower.items()}
    with torch.device("meta"):
        model = CLIPTextModel(CLIPTextConfig(**config))
    converted = convert_open_clip_checkpoint(model, checkpoint)
    return {"config": config, "tensors": rows(text_shapes(CLIPTextConfig(**config)), converted),
            "stored": stored(checkpoint)}


def original_clip_entry():
    with torch.device("meta"):
        expected = shapes(CLIPModel(CLIPConfig()))
        original = OriginalClip(embed_dim=512, image_size=224, patch=32, vision_width=768, vision_layers=12,
                                text_width=512, text_layers=12, vocabulary=49408, positions=77)
    checkpoint = {key: Named(key, shape) for key, shape in shapes(original).items()}
    return {"tensors": rows(expected, OriginalClip.to_transformers(checkpoint)), "stored": stored(checkpoint)}


def main():
    OriginalClip.prove_renaming()
    golden = {}
    with torch.device("meta"):
        for name, config in MODELS.items():
            text = open_clip_text_entry if name == "sd2" else text_entry
            golden[name] = {"unet": unet_entry(config["unet"]), "vae": vae_entry(config["vae"]),
                             "text": text(config["text"])}
    golden["clipVitB32"] = original_clip_entry()
    counts = [len(golden["sd15"][part]["tensors"]) for part in ("unet", "vae", "text")]
    assert counts == [686, 248, 196] and len(golden["clipVitB32"]["tensors"]) == 398, counts
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(golden, separators=(",", ":"))
    OUTPUT.write_bytes(gzip.compress(text.encode(), mtime=0))
    print(f"{OUTPUT}: {OUTPUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
