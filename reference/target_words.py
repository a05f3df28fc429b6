"""Known answers for the choice of target tokens, from the released program itself.

Runs `colocation/prompt_utils.py` of a checkout of the released LUSD program on pairs that exercise
the corners of its rule, with the tags written beside each pair in place of NLTK's. Also records the
CLIP tokens' character offsets of every text that the rule tokenizes, for these pairs and for the
twenty sample pairs.

    python reference/target_words.py --released LUSD --merges clip_bpe_merges.txt.gz \
        --pairs packages/lusd/test/golden/target_tokens.json --out packages/lusd/test/fixtures
"""

import argparse
import gzip
import json
import re
import sys
from pathlib import Path

import nltk
from transformers import CLIPTokenizer
from transformers.convert_slow_tokenizer import bytes_to_unicode

# source prompt, target prompt, the tags of the target's words
CORNERS = [
    ("a man in a t-shirt", "a man in a t-shirt with a hat", "DT NN IN DT NN NN IN DT NN"),
    ("a red car on a street", "a blue car on a road", "DT JJ NN IN DT NN"),
    ("a boy, a dog and a cat", "a girl, a dog and two cats", "DT NN DT NN CC CD NNS"),
    ("a dog in the park", "a brown dog in the park", "DT JJ NN IN DT NN"),
    ("a dog in the park", "a very big brown dog in the park", "DT RB JJ JJ NN IN DT NN"),
    ("quickly", "running quickly", "VBG RB"),
    ("dog", "the dog", "DT NN"),
    ("a dog", "on a dog", "IN DT NN"),
    ("a photo of a man", "a photo of Barack Obama", "DT NN IN NNP NNP"),
    ("a photo of a man at sunset", "a photo of smiling Obama at sunset", "DT NN IN VBG NNP IN NN"),
    ("a cat", "a cat", "DT NN"),
    ("a cat", "", ""),
    ("", "a cat", "DT NN"),
    ("a café", "a café with crème brûlée", "DT NN IN NN NN"),
    ("a player", "a player with number_42 shirt", "DT NN IN NN NN"),
    ("A dog", "a dog wearing a hat", "DT NN VBG DT NN"),
    ("a cake", "a cake (wagyu-flavoured) & a candle!", "DT NN NN JJ DT NN"),
    ("it is john's house", "it is mary's house", "PRP VBZ NN NN NN"),
]


def clip_tokenizer(merges_file: Path) -> CLIPTokenizer:
    lines = gzip.decompress(merges_file.read_bytes()).decode().split("\n")
    merges = [tuple(line.split()) for line in lines[1 : 49152 - 256 - 2 + 1]]
    letters = list(bytes_to_unicode().values())
    pieces = letters + [letter + "</w>" for letter in letters] + ["".join(pair) for pair in merges]
    pieces += ["<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={piece: i for i, piece in enumerate(pieces)}, merges=merges)


class PieceCounter:
    """The one method of a slow tokenizer that the released program calls."""

    def __init__(self, tokenizer: CLIPTokenizer):
        self.tokenizer = tokenizer

    def _tokenize(self, text: str) -> list[str]:
        return self.tokenizer.tokenize(text)


def released_rule(released: Path):
    # The module fetches NLTK's models when it is imported; the tags are given here, so none is wanted.
    nltk.downloader.Downloader.is_installed = lambda *_: True
    sys.path.insert(0, str(released))
    from colocation import prompt_utils

    return prompt_utils


def answer(rule, counter: PieceCounter, source: str, target: str, tags: list[str]) -> dict:
    rule.pos_tag = lambda words: list(zip(words, tags, strict=True))
    prior, differing, is_noun = rule.find_prompt_difference(source, target)
    return {
        "source_prompt": source,
        "target_prompt": target,
        "tags": tags,
        "prior": prior,
        "differing": differing,
        "is_noun": is_noun,
        "target_index": rule.compute_target_index(counter, prior, differing, is_noun),
    }


def tokens_of(tokenizer: CLIPTokenizer, text: str) -> list[dict]:
    encoding = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    pairs = zip(encoding["input_ids"], encoding["offset_mapping"], strict=True)
    return [{"id": id, "start": start, "end": end} for id, (start, end) in pairs]


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("released", "merges", "pairs", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()

    tokenizer = clip_tokenizer(args.merges)
    rule, counter = released_rule(args.released), PieceCounter(tokenizer)
    corners = [answer(rule, counter, source, target, tags.split()) for source, target, tags in CORNERS]
    samples = json.loads(args.pairs.read_text())

    texts = set()
    for pair in corners + samples:
        texts |= {pair["target_prompt"], pair["prior"], *re.findall(r"\w+", pair["target_prompt"])}
    tokens = {text: tokens_of(tokenizer, text) for text in sorted(texts)}
    for pair in samples:
        ids = [token["id"] for token in tokens[pair["target_prompt"]]]
        assert ids == pair["target_token_ids"][1:-1], pair["target_prompt"]

    write(args.out / "target_words.json", [json.dumps(pair, ensure_ascii=False) for pair in corners], "[]")
    rows = [f"{json.dumps(text, ensure_ascii=False)}: {json.dumps(found)}" for text, found in tokens.items()]
    write(args.out / "prompt_tokens.json", rows, "{}")


def write(path: Path, rows: list[str], brackets: str) -> None:
    path.write_text(brackets[0] + "\n" + ",\n".join(rows) + "\n" + brackets[1] + "\n")


if __name__ == "__main__":
    main()
