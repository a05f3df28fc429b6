"""In which steps of prompt-to-prompt each token of a target prompt takes over cross-attention.

    python reference/lusd/cross_replace.py

Writes packages/lusd/test/golden/cross_replace.json, by the rule of `get_time_words_attention_alpha` in prompt-to-prompt's
ptp_utils.py (commit 16e045b): a table of steps + 1 rows, 1 in the first int(share * rows) of a token. A word is one of
those that spaces divide, and its tokens are those that CLIP's tokenizer makes of it, the start token being 0.
"""

import json
from pathlib import Path

import numpy as np
from transformers import CLIPTokenizer

from clip_tokenizer import clip_tokenizer

GOLDEN = Path(__file__).resolve().parents[2] / "packages/lusd/test/golden"
MAX_TOKENS = 77

# target prompt, steps, share of all tokens, shares of words
CASES = [
    ("a painting of a lion eating a burger", 50, 1.0, {"lion": 0.4}),
    ("a lemur on a skateboard", 50, 0.4, {"lemur": 0.05, "skateboard": 0.8}),
    ("a red cup on a red table", 5, 0.5, {"red": 0.0, "table": 1.0}),
    ("a cup of matcha", 7, 0.0, {"matcha": 0.3}),
    ("a cup of coffee", 30, 0.29, {}),
]


def word_tokens(tokenizer: CLIPTokenizer, prompt: str) -> list[tuple[str, list[int]]]:
    """Each word of the prompt with the places of its tokens."""
    place, words = 1, []
    for word in prompt.split(" "):
        count = len(tokenizer(word, add_special_tokens=False)["input_ids"])
        words.append((word, list(range(place, place + count))))
        place += count
    return words


def table(tokenizer: CLIPTokenizer, prompt: str, steps: int, share: float, shares: dict[str, float]) -> np.ndarray:
    rows = steps + 1
    taken = np.zeros((rows, MAX_TOKENS), dtype=np.uint8)
    taken[: int(share * rows)] = 1
    for word, places in word_tokens(tokenizer, prompt):
        if word in shares:
            taken[:, places] = 0
            taken[: int(shares[word] * rows), places] = 1
    return taken


def main() -> None:
    tokenizer = clip_tokenizer()
    cases = []
    for prompt, steps, share, shares in CASES:
        counts = table(tokenizer, prompt, steps, share, shares).sum(axis=0, dtype=int).tolist()
        cases.append({"target": prompt, "steps": steps, "share": share, "words": shares, "counts": counts})
    text = ",\n".join(json.dumps(case) for case in cases)
    (GOLDEN / "cross_replace.json").write_text(f"[\n{text}\n]\n")


if __name__ == "__main__":
    main()
