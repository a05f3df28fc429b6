"""Known answers for the choice of target tokens, from the released program itself.

Runs `colocation/prompt_utils.py` of a checkout of the released LUSD program on pairs of prompts, with the tags written
here in place of those of NLTK, whose model is in no package:

- packages/lusd/test/golden/target_words.json: pairs that exercise the corners of the rule, with their tags;
- packages/lusd/test/golden/target_tokens.json: the program's twenty sample pairs. Which words are nouns, as NLTK's
  model once said, is taken from the file; the rest of it is made again.

    PYTHONPATH=LUSD python reference/lusd/target_words.py
"""

import json
from pathlib import Path

import nltk

from clip_tokenizer import clip_tokenizer

# The program's module fetches NLTK's models when it is imported; the tags are given here, so none is wanted.
nltk.downloader.Downloader.is_installed = lambda *_: True
from colocation import prompt_utils  # noqa: E402

GOLDEN = Path(__file__).resolve().parents[2] / "packages/lusd/test/golden"

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


class PieceCounter:
    """The one method of a slow tokenizer that the released program calls."""

    def __init__(self, tokenizer):
        self._tokenize = tokenizer.tokenize


def answer(counter: PieceCounter, source: str, target: str, tags: list[str]) -> dict:
    prompt_utils.pos_tag = lambda words: list(zip(words, tags, strict=True))
    prior, differing, is_noun = prompt_utils.find_prompt_difference(source, target)
    index = prompt_utils.compute_target_index(counter, prior, differing, is_noun)
    return {"prior": prior, "differing": differing, "is_noun": is_noun, "target_index": index}


def corner(counter: PieceCounter, source: str, target: str, tags: str) -> dict:
    pair = {"source_prompt": source, "target_prompt": target, "tags": tags.split()}
    return pair | answer(counter, *pair.values())


def sample(counter: PieceCounter, tokenizer, recorded: dict) -> dict:
    source, target = recorded["source_prompt"], recorded["target_prompt"]
    nouns = {word for word, noun in zip(recorded["differing"], recorded["is_noun"], strict=True) if noun}
    # IN for what is no noun: after any other tag the rule may go on to the next noun, which no sample pair needs.
    tags = ["NN" if word in nouns else "IN" for word in prompt_utils.tokenize(target)]
    made = answer(counter, source, target, tags)
    ids = {
        f"{which}_token_ids": tokenizer(prompt).input_ids for which, prompt in (("source", source), ("target", target))
    }
    return {"source_prompt": source, "target_prompt": target} | made | ids


def write(path: Path, pairs: list[dict]) -> None:
    path.write_text("[\n" + ",\n".join(json.dumps(pair, ensure_ascii=False) for pair in pairs) + "\n]\n")


def main() -> None:
    tokenizer = clip_tokenizer()
    counter = PieceCounter(tokenizer)
    write(GOLDEN / "target_words.json", [corner(counter, *case) for case in CORNERS])
    samples = GOLDEN / "target_tokens.json"
    write(samples, [sample(counter, tokenizer, pair) for pair in json.loads(samples.read_text())])


if __name__ == "__main__":
    main()
