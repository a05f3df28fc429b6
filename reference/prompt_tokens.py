"""The CLIP tokens, with character offsets, of every text that the rules for target words tokenize.

    python reference/prompt_tokens.py

Reads the pairs of prompts in packages/lusd/test/fixtures/target_words.json and golden/target_tokens.json (see
target_words.py) and writes packages/lusd/test/fixtures/prompt_tokens.json.
"""

import json
import re
from pathlib import Path

from transformers import CLIPTokenizer

from clip_tokenizer import clip_tokenizer

TESTS = Path(__file__).resolve().parents[1] / "packages/lusd/test"


def tokens_of(tokenizer: CLIPTokenizer, text: str) -> list[dict]:
    encoding = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    pairs = zip(encoding["input_ids"], encoding["offset_mapping"], strict=True)
    return [{"id": id, "start": start, "end": end} for id, (start, end) in pairs]


def main() -> None:
    tokenizer = clip_tokenizer()
    texts = set()
    for path in ("fixtures/target_words.json", "golden/target_tokens.json"):
        for pair in json.loads((TESTS / path).read_text()):
            texts |= {pair["target_prompt"], pair["prior"], *re.findall(r"\w+", pair["target_prompt"])}
    rows = [
        f"{json.dumps(text, ensure_ascii=False)}: {json.dumps(tokens_of(tokenizer, text))}" for text in sorted(texts)
    ]
    (TESTS / "fixtures/prompt_tokens.json").write_text("{\n" + ",\n".join(rows) + "\n}\n")


if __name__ == "__main__":
    main()
