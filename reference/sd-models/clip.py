"""Stores what transformers' CLIP gives for small configurations: every layer's output, text states, embeddings.

Weights and inputs are drawn from torch's CPU generator by the fill rule, so the tests make them again and only
results are stored. Everything is computed in float64. Of a layer's output every 37th element is stored.

Run: python reference/sd-models/clip.py   (writes packages/sd-models/test/golden/clip.safetensors)
"""

import copy
import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPModel, CLIPTextConfig, CLIPTextModel

from fill import SAMPLE_STRIDE, fill

OUTPUT = Path(__file__).resolve().parents[2] / "packages/sd-models/test/golden/clip.safetensors"

WIDTH_32 = {"hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 4, "vocab_size": 1000}
# As the tokenizer pads: start, words, end, then the end token or another.
TEXT = [998, 5, 17, 300, 42, 7]


def padded(ids, length=77, end=999, padding=999):
    return (ids + [end] + [padding] * length)[:length]


# name: config, weight seed, texts
TEXTS = {
    "tiny": ({**WIDTH_32, "num_hidden_layers": 2, "eos_token_id": 2}, 555, [padded(TEXT)]),
    "openClip": (
        {**WIDTH_32, "num_hidden_layers": 3, "hidden_act": "gelu", "eos_token_id": 2},
        41, [padded(TEXT, padding=0), padded([998, 1, 2], padding=0)]),
    "endToken": (
        {**WIDTH_32, "num_hidden_layers": 1, "eos_token_id": 900, "max_position_embeddings": 20},
        42, [padded(TEXT, 12, end=900, padding=999), padded([998], 12, end=900, padding=900), padded(TEXT, 12)]),
    "diffusersTest": (
        {**WIDTH_32, "intermediate_size": 37, "num_hidden_layers": 5, "layer_norm_eps": 1e-4, "eos_token_id": 2},
        43, [padded(TEXT, 9)]),
}  # fmt: skip

CLIP = {
    "text_config": {**WIDTH_32, "num_hidden_layers": 2, "eos_token_id": 2, "max_position_embeddings": 16},
    "vision_config": {"hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 6,
                      "image_size": 32, "patch_size": 8},
    "projection_dim": 24,
}  # fmt: skip


def record_outputs(model, outputs):
    def hook(name):
        def store(module, inputs, output):
            first = output[0] if isinstance(output, tuple) else output
            outputs[f"layers/{name}"] = first.detach().flatten()[::SAMPLE_STRIDE]

        return store

    for name, module in model.named_modules():
        if type(module).__name__ in {"CLIPTextEmbeddings", "CLIPVisionEmbeddings", "CLIPEncoderLayer", "CLIPAttention",
                                     "CLIPMLP", "LayerNorm"}:  # fmt: skip
            module.register_forward_hook(hook(name))


def run_text(config, seed, texts):
    model = fill(CLIPTextModel(CLIPTextConfig(**config)), seed).eval()
    final_layer_norm = copy.deepcopy(model.final_layer_norm)
    outputs = {}
    record_outputs(model, outputs)
    result = model(torch.tensor(texts), output_hidden_states=True)
    outputs["last_hidden_state"] = result.last_hidden_state
    outputs["pooled"] = result.pooler_output
    if config["num_hidden_layers"] > 1:
        # What diffusers' encode_prompt makes of clip_skip=1.
        outputs["clip_skip"] = final_layer_norm(result.hidden_states[-2])
    return {"config": config, "weightSeed": seed, "texts": texts}, outputs


def run_clip(config, seed, input_seed):
    model = fill(CLIPModel(CLIPConfig(**config)), seed).eval()
    side = config["vision_config"]["image_size"]
    pixels = torch.randn(3, 3, side, side, generator=torch.Generator().manual_seed(input_seed)).double()
    texts = [padded(TEXT, 16), padded([998, 77, 78], 16)]
    outputs = {}
    record_outputs(model, outputs)
    result = model(torch.tensor(texts), pixels)
    outputs["text_embeddings"] = model.get_text_features(torch.tensor(texts)).pooler_output
    outputs["image_embeddings"] = model.get_image_features(pixels).pooler_output
    outputs["logits"] = result.logits_per_image
    return {"config": config, "weightSeed": seed, "inputSeed": input_seed, "texts": texts}, outputs


def main():
    records, tensors = {}, {}
    for name, case in TEXTS.items():
        records[name], outputs = run_text(*case)
        tensors |= {f"{name}/{key}": value.detach().float().contiguous() for key, value in outputs.items()}
    records["clip"], outputs = run_clip(CLIP, 44, 45)
    tensors |= {f"clip/{key}": value.detach().float().contiguous() for key, value in outputs.items()}
    states, pooled = tensors["tiny/last_hidden_state"], tensors["tiny/pooled"]
    torch.testing.assert_close(states.flatten()[:3], torch.tensor([-0.3505682, -1.0581663, 1.3594400]), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(pooled.flatten()[:2], torch.tensor([0.3642726, -2.8806002]), rtol=1e-5, atol=1e-5)
    save_file(tensors, OUTPUT, metadata={"cases": json.dumps(records)})
    print(f"{OUTPUT}: {OUTPUT.stat().st_size} bytes, {len(tensors)} tensors")


if __name__ == "__main__":
    main()
