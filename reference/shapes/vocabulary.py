"""The vocabulary in CLIP's own form: 256 bytes, 256 bytes that end a word, the merges that make each of the
world's words one token, start, end. Any other text still encodes, in bytes."""

import json
import os

from world import words

LENGTH = 24
START, END = "<|startoftext|>", "<|endoftext|>"


def byte_alphabet():
    """GPT-2's printable stand-ins for the 256 bytes, in CLIP's order: the printable ones first."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [b for b in range(256) if b not in printable]
    return [chr(b) for b in printable] + [chr(256 + i) for i in range(len(others))]


def _join(symbols, pair):
    out = []
    for symbol in symbols:
        if out and (out[-1], symbol) == pair:
            out[-1] += symbol
        else:
            out.append(symbol)
    return out


def learn_merges():
    """Byte pair encoding, each time the most frequent pair, until every word is one token."""
    spelled = [[*word[:-1], word[-1] + "</w>"] for word in words()]
    merges = []
    while any(len(symbols) > 1 for symbols in spelled):
        counts = {}
        for symbols in spelled:
            for pair in zip(symbols, symbols[1:]):
                counts[pair] = counts.get(pair, 0) + 1
        best = max(sorted(counts), key=counts.get)
        merges.append(best)
        spelled = [_join(symbols, best) for symbols in spelled]
    return merges


def vocabulary():
    """Token to id."""
    alphabet = byte_alphabet()
    tokens = [*alphabet, *(c + "</w>" for c in alphabet), *(a + b for a, b in learn_merges()), START, END]
    return {token: i for i, token in enumerate(tokens)}


def encoder():
    """A function from a caption of the world's words to LENGTH ids, padded with the end token."""
    ids = vocabulary()

    def encode(text):
        row = [ids[START], *(ids[w + "</w>"] for w in text.split()), ids[END]]
        return row + [ids[END]] * (LENGTH - len(row))

    return encode


def write_tokenizer(folder):
    """Writes vocab.json, merges.txt, tokenizer_config.json and special_tokens_map.json."""
    os.makedirs(folder, exist_ok=True)
    special = {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END}
    files = {
        "vocab.json": json.dumps(vocabulary(), ensure_ascii=False),
        "merges.txt": "\n".join(["#version: 0.2", *(" ".join(m) for m in learn_merges())]) + "\n",
        "special_tokens_map.json": json.dumps(special, indent=2) + "\n",
        "tokenizer_config.json": json.dumps(
            {**special, "do_lower_case": True, "model_max_length": LENGTH, "tokenizer_class": "CLIPTokenizer"}, indent=2
        )
        + "\n",
    }
    for name, text in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
