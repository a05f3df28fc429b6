"""Draws 100 prompts of the world and prints how many pictures are right by `judge`: everything asked for, in the
right colour and shape (and, counted apart, with the right hat).

    python evaluate.py ../../weights/shapes --sheet out/sheet.png
"""

import argparse

import torch
from PIL import Image

from judge import judge
from sampling import generate, load
from world import caption, generator, random_picture

BATCH = 25


def prompts_of(count, seed):
    """Pictures to ask for, and their prompts; every fourth leaves the scene out."""
    rng = generator(seed)
    pictures = [random_picture(rng) for _ in range(count)]
    return pictures, [caption(p, i % 4 != 3) for i, p in enumerate(pictures)]


def share(rows):
    return f"{sum(rows)}/{len(rows)}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=12345)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--guidance", type=float, default=4.0)
    parser.add_argument("--sheet")
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(2)

    model = load(args.folder)
    pictures, prompts = prompts_of(args.count, args.seed)
    images = []
    for i in range(0, args.count, BATCH):
        batch = prompts[i : i + BATCH]
        images += list(generate(model, batch, range(i, i + len(batch)), args.steps, args.guidance))
    verdicts = [[judge(image, t.shape, t.colour, t.hat) for t in p.things] for p, image in zip(pictures, images)]

    bare = [all(v.colour and v.shape for v in row) for row in verdicts]
    full = [all(v.right for v in row) for row in verdicts]
    things = [(t, v) for p, row in zip(pictures, verdicts) for t, v in zip(p.things, row)]
    print(f"pictures with every colour and shape right {share(bare)}, hats too {share(full)}")
    for count in (1, 2):
        print(f"  of those with {count}: {share([b for p, b in zip(pictures, bare) if len(p.things) == count])}")
    print(f"things: colour {share([v.colour for _, v in things])}, and shape {share([v.shape for _, v in things])}")
    print(f"  hats {share([v.right for t, v in things if t.hat])}")
    if args.verbose:
        for prompt, row in zip(prompts, verdicts):
            if not all(v.right for v in row):
                print(prompt, "|", *(f"{v.colour:d}{v.shape:d}{v.hat:d} {v.seen} {v.overlap:.2f}" for v in row))
    if args.sheet:
        columns = 10
        rows = -(-len(images) // columns)
        sheet = Image.new("RGB", (columns * 128, rows * 128))
        for i, image in enumerate(images):
            sheet.paste(Image.fromarray(image), (i % columns * 128, i // columns * 128))
        sheet.save(args.sheet)


if __name__ == "__main__":
    main()
