"""Writes the edits that editors are measured with: packages/lusd/src/shapes/edits.json, 16 to choose settings with and
64 to test with, a quarter of each kind.

    python edit_cases.py

Every picture shows one thing on a scene, and the scenes take turns. `recolour` asks for another colour, `replace` for
another shape, `hat` for a hat on the thing, `insert` for a second thing, which the picture leaves room for on one side.
Colours that would vanish in the scene are left out, and no colour is asked for twice. Lengths are whole pixels.
"""

import json
from pathlib import Path

from world import COLOURS, SCENES, SHAPES, Picture, Thing, caption, generator

OUTPUT = Path(__file__).parents[2] / "packages/lusd/src/shapes/edits.json"
KINDS = ("recolour", "replace", "hat", "insert")
SIDE = 128


def place(rng, kind):
    """Centre and radius of the thing; pictures that get a second thing have it on one side."""
    if kind == "insert":
        r = rng.randint(15, 20)
        x = rng.randint(28, 38)
        return (x if rng.random() < 0.5 else SIDE - x), rng.randint(40, 92), r
    r = rng.randint(18, 27)
    margin = round(1.27 * r) + 3
    top = margin + (round(0.4 * r) if kind == "hat" else 0)
    return rng.randint(margin, SIDE - margin), rng.randint(top, SIDE - margin), r


def wanted(rng, kind, shape, colour, colours):
    """The things that the edit asks for, as (shape, colour, hat)."""
    other = rng.choice(colours)
    shapes = [s for s in SHAPES if s != shape]
    if kind == "recolour":
        return [(shape, other, None)]
    if kind == "replace":
        return [(rng.choice(shapes), colour, None)]
    if kind == "hat":
        return [(shape, colour, other)]
    return [(shape, colour, None), (rng.choice(shapes), other, None)]


def case(rng, index):
    """One edit as it stands in the file."""
    kind = KINDS[index % len(KINDS)]
    scene = list(SCENES)[index // len(KINDS) % len(SCENES)]
    colours = [c for c in COLOURS if c not in SCENES[scene].excluded]
    rng.shuffle(colours)
    shape, colour = rng.choice(SHAPES), colours.pop()
    x, y, r = place(rng, kind)
    things = wanted(rng, kind, shape, colour, colours)
    horizon = rng.randint(52, 96)
    source = Picture(scene, horizon, 0, [Thing(shape, colour, x, y, r)])
    target = Picture(scene, horizon, 0, [Thing(s, c, 0, 0, 0, hat) for s, c, hat in things])
    return {
        "kind": kind,
        "source": caption(source),
        "target": caption(target),
        "picture": {"scene": scene, "horizon": horizon, "things": [{"shape": shape, "colour": colour, "x": x, "y": y, "r": r}]},
        "wanted": [{"shape": s, "colour": c} | ({"hat": hat} if hat else {}) for s, c, hat in things],
    }


def inline(value):
    """JSON on one line, spaced as the repository's formatter does."""
    return json.dumps(value).replace("{", "{ ").replace("}", " }")


def entry(edit):
    """An edit as an entry of the file, in the formatter's layout."""
    nested = ",\n".join(f'        "{key}": {inline(value)}' for key, value in edit["picture"].items())
    fields = [f'      "{key}": {inline(edit[key])}' for key in ("kind", "source", "target")]
    fields += [f'      "picture": {{\n{nested}\n      }}', f'      "wanted": {inline(edit["wanted"])}']
    return "    {\n" + ",\n".join(fields) + "\n    }"


def entries(seed, count):
    """Edits drawn from one seed."""
    rng = generator(seed)
    return ",\n".join(entry(case(rng, i)) for i in range(count))


def main():
    OUTPUT.write_text(f'{{\n  "tuning": [\n{entries("tuning", 16)}\n  ],\n  "test": [\n{entries("test", 64)}\n  ]\n}}\n')


if __name__ == "__main__":
    main()
