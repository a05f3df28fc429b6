"""transformers' CLIP tokenizer, made from the merges that the tests hold."""

import gzip
from pathlib import Path

from transformers import CLIPTokenizer
from transformers.convert_slow_tokenizer import bytes_to_unicode

MERGES = Path(__file__).resolve().parents[2] / "packages/sd-models/test/golden/clip_bpe_merges.txt.gz"
MERGE_COUNT = 49152 - 256 - 2


def clip_tokenizer() -> CLIPTokenizer:
    lines = gzip.decompress(MERGES.read_bytes()).decode().split("\n")
    merges = [tuple(line.split()) for line in lines[1 : MERGE_COUNT + 1]]
    letters = list(bytes_to_unicode().values())
    pieces = letters + [letter + "</w>" for letter in letters] + ["".join(pair) for pair in merges]
    pieces += ["<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={piece: i for i, piece in enumerate(pieces)}, merges=merges)
