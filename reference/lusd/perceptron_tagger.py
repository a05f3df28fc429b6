"""Known answers for the port of NLTK's averaged perceptron tagger.

Trains NLTK's own `PerceptronTagger` on the few sentences below, writes it in the layout of NLTK's
`averaged_perceptron_tagger_eng` folder (weights, tagdict, classes), and records the tags that NLTK
gives to sentences it has not seen.

    python reference/lusd/perceptron_tagger.py
"""

import json
import random
from pathlib import Path

from nltk.tag.perceptron import PerceptronTagger

FOLDER = Path(__file__).resolve().parents[2] / "packages/lusd/test/golden/perceptron"

TRAINING = """
a/DT cat/NN sits/VBZ on/IN a/DT red/JJ chair/NN
a/DT photo/NN of/IN two/CD dogs/NNS in/IN the/DT park/NN
a/DT man/NN wearing/VBG a/DT blue/JJ hat/NN
the/DT woman/NN quickly/RB opened/VBD a/DT wooden/JJ door/NN
a/DT painting/NN of/IN a/DT boat/NN with/IN white/JJ sails/NNS
Paris/NNP in/IN 1999/CD with/IN 25/CD lights/NNS
a/DT t-shirt/NN and/CC a/DT well-known/JJ logo/NN
John/NNP is/VBZ drawing/VBG a/DT flower/NN over/IN his/PRP$ desk/NN
a/DT flying/VBG bird/NN at/IN the/DT window/NN
three/CD children/NNS were/VBD running/VBG to/TO a/DT house/NN
she/PRP has/VBZ a/DT long/JJ green/JJ scarf/NN
a/DT glass/NN of/IN cold/JJ water/NN and/CC a/DT spoon/NN
the/DT old/JJ bridges/NNS of/IN London/NNP are/VBP very/RB beautiful/JJ
a/DT dragon/NN on/IN a/DT hill/NN at/IN night/NN
a/DT horse/NN wearing/VBG sunglasses/NNS and/CC a/DT hat/NN
they/PRP like/VBP a/DT drawing/NN of/IN their/PRP$ dog/NN
a/DT small/JJ robot/NN painting/VBG a/DT wall/NN with/IN bright/JJ colors/NNS
a/DT cup/NN of/IN tea/NN on/IN an/DT empty/JJ table/NN
"""

HELD_OUT = [
    "a cat wearing a party hat",
    "a painting of a dog wearing a blindfold over its eyes",
    "two surfers carrying bright blue boards wade into the ocean and a kite in the sky",
    "a man wearing a red t-shirt with a google logo",
    "a masterpiece drawing of pikachu",
    "Mary was painting London in 2024 with 7 bright-eyed children",
    "-dash 12345 3rd 1st ... !",
    "the constructor toString hasOwnProperty __proto__",
    "crème brûlée and ÉCLAIR 东京 straße",
    "a man surfing with a hot air balloon at the background",
    "a glass of lemon tea with a straw",
    "a photo of sky with a flying airplane",
    "a chinese lion wearing a sunglasses",
    "a drawing of a boss in dark soul",
    "she has drawing of old bridges running to wooden painting London very quickly",
    "dog hat of is to drawing very two opened over they like like in cold",
    "are very is over drawing children two and has a his were sits wearing",
    "drawing",
    "A CAT SITS",
    "",
]


def parse(line: str) -> list[tuple[str, str]]:
    return [tuple(pair.rsplit("/", 1)) for pair in line.split()]


def write(path: Path, value) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")


def main() -> None:
    random.seed(0)
    tagger = PerceptronTagger(load=False)
    tagger.train([parse(line) for line in TRAINING.strip().splitlines()])
    weights, tagdict, classes = tagger.encode_json_obj()

    FOLDER.mkdir(parents=True, exist_ok=True)
    parts = {"weights": weights, "tagdict": tagdict, "classes": sorted(classes)}
    for part, value in parts.items():
        write(FOLDER / f"averaged_perceptron_tagger_eng.{part}.json", value)
    write(FOLDER / "tagged.json", [tagger.tag(sentence.split()) for sentence in HELD_OUT])


if __name__ == "__main__":
    main()
