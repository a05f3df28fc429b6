"""Writes packages/sd-models/test/golden/tokenizer/added_tokens.json: prompts with added tokens, and their ids.

python reference/sd-models/added_tokens.py        (environment: requirements/tokenizer.txt)

Each folder holds CLIP's vocab.json and merges.txt, and the recorded files that name added tokens; slow and fast are
transformers' CLIPTokenizer and CLIPTokenizerFast of that folder.
"""

import json
import tempfile
from pathlib import Path

from transformers import AddedToken, CLIPTokenizer, CLIPTokenizerFast

from tokenizer_strings import MERGES, GOLDEN, clip_files

OUTPUT = GOLDEN / "tokenizer/added_tokens.json"

TEXTS = [
    "a photo of <cat-toy>", "a photo of<cat-toy>in snow", "<cat-toy>", "<cat-toy> <cat-toy_1><cat-toy>", "a <cat-toy_1> b",
    "A PHOTO OF <CAT-TOY>", "a  <cat-toy>  ,  x", "<cat-toy", "cat-toy>", "«<cat-toy>» é &amp; <cat-toy>&amp;", "<cat-toy>\u3000a",
    "wow!", "xsks", "a sks dog", "sks", "sks, dog", "a (sks) dog", "Sks dog", "a sks", "sks<cat-toy>sks <cat-toy>", "<|endoftext|> sks",
    "un Café noir", "un café noir", "a<|startoftext|>b<cat-toy>",
]  # fmt: skip
# The fast tokenizer sees no white space in a separator, and special tokens in capitals too.
SLOW_TEXTS = ["a\x1c<cat-toy>\x1f b", "<cat-toy><|ENDOFTEXT|>"]


def entry(content, **flags):
    return {"content": content, "lstrip": False, "normalized": True, "rstrip": False, "single_word": False, **flags}


SPECIAL = {
    "49406": {**entry("<|startoftext|>"), "special": True},
    "49407": {**entry("<|endoftext|>", normalized=False), "special": True},
}


def decoder(*entries, special=False):
    added = {str(49408 + i): {**token, "special": special} for i, token in enumerate(entries)}
    return {"tokenizer_config.json": {"added_tokens_decoder": {**SPECIAL, **added}, "model_max_length": 77}}


FOLDERS = {
    "none": {},
    "added_tokens.json": {"added_tokens.json": {"<cat-toy>": 49408, "<cat-toy_1>": 49409, "sks": 49410}},
    "added_tokens_decoder": decoder(entry("<cat-toy>"), entry("<cat-toy_1>"), entry("sks")),
    "added tokens that are special": decoder(entry("<cat-toy>", normalized=False), special=True),
    "lstrip": decoder(entry("<cat-toy>", lstrip=True), entry("sks", lstrip=True, normalized=False)),
    "rstrip": decoder(entry("<cat-toy>", rstrip=True), entry("sks", rstrip=True, normalized=False)),
    "both strips": decoder(entry("<cat-toy>", lstrip=True, rstrip=True)),
    "single_word": decoder(entry("sks", single_word=True, normalized=False), entry("<cat-toy>")),
    "capitals": decoder(entry("Café"), entry("Sks", normalized=False)),
    "a token of the vocabulary": {"added_tokens.json": {"<cat-toy>": 320}},
    "additional_special_tokens": {
        "special_tokens_map.json": {"additional_special_tokens": ["<cat-toy>", entry("sks", lstrip=True)]},
    },
    "additional_special_tokens with ids": {
        "special_tokens_map.json": {"additional_special_tokens": ["sks"]},
        "added_tokens.json": {"<cat-toy>": 49408, "sks": 49409},
    },
    "padding of Stable Diffusion 2": {
        "special_tokens_map.json": {"pad_token": "!"},
        "added_tokens.json": {"<cat-toy>": 49408},
    },
}  # fmt: skip


def ids(tokenizer, text):
    return tokenizer.encode(text, add_special_tokens=False)


def rows(name, tokenizer):
    texts = TEXTS + SLOW_TEXTS if name == "slow" else TEXTS
    return [{"text": text, name: ids(tokenizer, text)} for text in texts]


def main() -> None:
    cases = []
    for name, files in FOLDERS.items():
        with tempfile.TemporaryDirectory() as folder:
            clip_files(Path(folder))
            for file, content in files.items():
                (Path(folder) / file).write_text(json.dumps(content))
            slow = rows("slow", CLIPTokenizer.from_pretrained(folder))
            # It gives tokens ids of its own, whatever added_tokens.json says.
            is_own = name == "a token of the vocabulary"
            fast = [] if is_own else rows("fast", CLIPTokenizerFast.from_pretrained(folder))
            cases.append({"name": name, "files": files, "rows": slow + fast})
    with tempfile.TemporaryDirectory() as folder:
        clip_files(Path(folder))
        fast = CLIPTokenizerFast.from_pretrained(folder)
        fast.add_tokens(["<cat-toy>", AddedToken("sks", lstrip=True, normalized=False)])
        fast.save_pretrained(folder)
        added = json.loads((Path(folder) / "tokenizer.json").read_text())["added_tokens"]
        cases.append({"name": "tokenizer.json", "files": {"tokenizer.json": {"added_tokens": added}},
                      "rows": rows("fast", fast)})  # fmt: skip
    OUTPUT.write_text(json.dumps(cases, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
