"""Stores what long prompts are for a small text encoder, and what diffusers' pipeline makes of them.

The way of lpw_stable_diffusion, a community pipeline of diffusers (`pad_tokens_and_weights`, and
`get_unweighted_text_embeddings` with `no_boseos_middle=False`): the tokens in one row, padded to a whole number of 75,
and the row encoded window by window, each with a start and an end token of its own.

Run: python reference/sd-models/long_prompts.py   (writes packages/sd-models/test/golden/long_prompts.safetensors)
"""

import json

import torch
from safetensors.torch import save_file

from pipelines import END, OUTPUT, START, models, run, token_ids
from schedulers import SD1

LONG_PROMPTS = OUTPUT.with_name("long_prompts.safetensors")
CHUNK = 77

# 35 words of several letters, of which each is a token: 165 tokens, three chunks.
PROMPT = " ".join(f"{word} {number}" for number in range(5) for word in "a red hat with long feathers on sand".split())
NEGATIVE = "blur " * 17 + "and much noise"  # 68 + 12: two chunks
CASES = {
    "guided": ("euler", SD1, {"num_inference_steps": 3, "guidance_scale": 5.0}),
    "clipSkip": ("ddim", SD1, {"num_inference_steps": 2, "guidance_scale": 3.0, "clip_skip": 1}),
    "image": ("dpm++2m", SD1, {"num_inference_steps": 4, "guidance_scale": 4.0, "strength": 0.5}),
}


def tokens_of(text):
    """Without start, end and padding."""
    words = [token_ids(word) for word in text.split()]
    return [token for ids in words for token in ids[1 : ids.index(END)]]


def chunks_of(text):
    return -(-len(tokens_of(text)) // (CHUNK - 2))


def encode(text_encoder, text, clip_skip):
    count = max(chunks_of(PROMPT), chunks_of(NEGATIVE))
    length = count * (CHUNK - 2) + 2
    tokens = tokens_of(text)
    row = torch.tensor([[START, *tokens, *[END] * (length - 1 - len(tokens) - 1), END]])
    states = []
    for i in range(count):
        window = row[:, i * (CHUNK - 2) : (i + 1) * (CHUNK - 2) + 2].clone()
        window[:, 0] = row[0, 0]
        window[:, -1] = row[0, -1]
        result = text_encoder(window, output_hidden_states=True)
        skipped = None if clip_skip is None else text_encoder.final_layer_norm(result.hidden_states[-1 - clip_skip])
        states.append(result.last_hidden_state if clip_skip is None else skipped)
    return torch.concat(states, axis=1)


@torch.no_grad()
def main():
    parts = models()
    records, tensors = {}, {}
    for name, case in CASES.items():
        record, outputs = run(parts, *case, PROMPT, NEGATIVE, encode)
        clip_skip = record["options"].get("clip_skip")
        embeddings = {key: encode(parts["text_encoder"], text, clip_skip) for key, text in [("prompt", PROMPT), ("negative", NEGATIVE)]}
        records[name] = {**record, "tokens": [len(tokens_of(PROMPT)), len(tokens_of(NEGATIVE))]}
        tensors |= {f"{name}/{key}": value.float().contiguous() for key, value in {**outputs, **embeddings}.items()}
    save_file(tensors, LONG_PROMPTS, metadata={"cases": json.dumps(records)})
    print(f"{LONG_PROMPTS}: {LONG_PROMPTS.stat().st_size} bytes, {[record['tokens'] for record in records.values()]}")


if __name__ == "__main__":
    main()
