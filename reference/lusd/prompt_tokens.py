"""The CLIP tokens, with character offsets, of every text that the rules for target words tokenize.

    python reference/lusd/prompt_tokens.py

Reads the pairs of prompts in packages/lusd/test/golden/target_words.json and golden/target_tokens.json (see
target_words.py) and writes packages/lusd/test/golden/prompt_tokens.json.
"""

import json
import re
from pathlib import Path

from transformers import CLIPTokenizer

from clip_tokenizer import clip_tokenizer

GOLDEN = Path(__file__).resolve().parents[2] / "packages/lusd/test/golden"


def tokens_of(tokenizer: CLIPTokenizer, text: str) -> list[dict]:
    encoding = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    pairs = zip(encoding["input_ids"], encoding["offset_mapping"], strict=True)
    return [{"id": id, "start": start, "end": end} for id, (start, end) in pairs]


def main() -> None:
    tokenizer = clip_tokenizer()
    texts = set()
    for path in ("target_words.json", "target_tokens.json"):
        for pair in json.loads((GOLDEN / path).read_text()):
            texts |= {pair["target_prompt"], pair["prior"], *re.findall(r"\w+", pair["target_prompt"])}
    rows = [
        f"{json.dumps(text, ensure_ascii=False)}: {json.dumps(tokens_of(tokenizer, text))}" for text in sorted(texts)
    ]
    (GOLDEN / "prompt_tokens.json").write_text("{\n" + ",\n".join(rows) + "\n}\n")


if __name__ == "__main__":
    main()
