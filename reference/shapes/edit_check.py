"""LUSD in torch on the shapes model, several edits a batch: a check of the weights and of the settings.

    python edit_check.py ../../weights/shapes --set test --sheet out/edits.png
    python edit_check.py ../../weights/shapes --lr 0.05 0.1 --steps 30 60 --high 0.15 0.3   # every combination

The edits are those of edit_cases.py. Edit number i draws from torch's CPU generator with seed i.
"""

import argparse
import itertools
import json
import time
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from PIL import Image

from edit_cases import OUTPUT as CASES
from judge import judge, reach
from sampling import load, to_bytes
from train_unet import build_schedule
from world import SHAPES, SIZE, Picture, Thing, draw

SELF, CROSS = 16, 8
MARGIN = 8


class Recorder:
    """An attention processor that keeps the probabilities, mean over heads, of the targets' half of the batch."""

    def __init__(self, store):
        self.store = store

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, **_):
        source = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        q, k, v = (attn.head_to_batch_dim(f(x)) for f, x in ((attn.to_q, hidden_states), (attn.to_k, source), (attn.to_v, source)))
        probabilities = attn.get_attention_scores(q, k)
        kind = "self" if encoder_hidden_states is None else "cross"
        self.store.append((kind, probabilities.unflatten(0, (len(hidden_states), -1)).mean(1).chunk(2)[-1]))
        return attn.to_out[0](attn.batch_to_head_dim(probabilities @ v))


def record(unet, store):
    """Records every attention but the middle block's."""
    processors = {name: p if name.startswith("mid") else Recorder(store) for name, p in unet.attn_processors.items()}
    unet.set_attn_processor(processors)


def layer_means(store):
    """Cross maps [n, 64, tokens] and self maps [n, 256, 256], means over layers."""

    def mean(kind, size):
        return torch.stack([p for k, p in store if k == kind and p.shape[1] == size * size]).mean(0)

    return mean("cross", CROSS), mean("self", SELF)


def mask_of(cross, self_map, tokens):
    """The latent mask [1, 32, 32] from one item's maps."""
    cross = cross[:, tokens].mean(1).view(1, 1, CROSS, CROSS)
    cross = F.interpolate(cross, size=(SELF, SELF), mode="bicubic")
    refined = (self_map @ cross.flatten()).view(1, 1, SELF, SELF)
    m = F.interpolate(refined, size=(2 * SELF, 2 * SELF), mode="bicubic")[0]
    return ((m - m.min()) / (m.max() - m.min())).clamp(0, 1)


@dataclass
class Options:
    """LUSD's settings."""

    steps: int
    lr: float
    high: float = 0.15
    low: float = 0.01
    threshold: float = 0.01
    t_min: int = 50
    t_max: int = 950
    reg: float = 0.02
    masked: bool = True
    normalised: bool = True
    speed: float = 5.0


@dataclass
class Item:
    """One edit on its way."""

    tokens: list
    source: torch.Tensor
    z: torch.Tensor
    random: torch.Generator
    k: int = 0
    tau: float = 0.0
    maps: tuple | None = None
    average: torch.Tensor | None = None


def draw_noise(item, options, alphas):
    t = torch.randint(options.t_min, options.t_max - 1, (1,), generator=item.random)
    noise = torch.randn(item.z[None].shape, generator=item.random)[0]
    return t, alphas[t].sqrt() * item.z + (1 - alphas[t]).sqrt() * noise


def step(item, g, maps, options):
    """An accepted iteration."""
    mask = torch.ones(1)
    at = item.k / max(1, options.steps - 1)
    if item.maps and options.masked:
        m = mask_of(*item.maps, item.tokens)
        item.average = m if item.average is None else 0.9 * item.average + 0.1 * m
        mask = at * item.average + 1 - at
    d = (1 - options.reg) * mask * g + options.reg * (item.z - item.source)
    if options.normalised:
        size = (1 - torch.sigmoid(torch.tensor(options.speed * (2 * at - 1)))) * (options.high - options.low) + options.low
        d = d / d.std() * size
    item.z = item.z - options.lr * 2000 / (item.z.shape[-1] * item.z.shape[-2]) * d
    item.maps, item.tau, item.k = maps, options.threshold, item.k + 1


@torch.no_grad()
def edit(model, store, items, contexts, options):
    """LUSD on all items at once; `contexts` are the sources' and the targets'. Every item accepts by itself."""
    alphas = build_schedule().alphas_cumprod
    attempts = 0
    while True:
        active = [i for i, item in enumerate(items) if item.k < options.steps]
        if not active:
            return attempts
        drawn = [draw_noise(items[i], options, alphas) for i in active]
        t, noisy = torch.cat([t for t, _ in drawn]), torch.stack([z for _, z in drawn])
        context = torch.cat([c[active] for c in contexts])
        store.clear()
        before, after = model.unet(torch.cat([noisy, noisy]), torch.cat([t, t]), context).sample.chunk(2)
        attempts += len(active)
        maps = layer_means(store)
        for row, i in enumerate(active):
            g = (after - before)[row]
            if g.std() >= items[i].tau:
                step(items[i], g, (maps[0][row], maps[1][row]), options)
            else:
                items[i].tau *= 0.99


def target_tokens(case):
    """The noun that the mask looks at: the hat, the second thing, or the thing that changes."""
    words = case["target"].split()
    nouns = [i for i, w in enumerate(words) if w == "hat" or w in SHAPES]
    return [nouns[-1] + 1]


def picture_of(case):
    p = case["picture"]
    return Picture(p["scene"], p["horizon"], 0, [Thing(**t) for t in p["things"]])


def assess(case, before, after):
    """(success, mean absolute difference of the background as a share of the range)."""
    things = [(t, judge(after, t["shape"], t["colour"], t.get("hat"))) for t in case["wanted"]]
    background = torch.ones(before.shape[:2], dtype=torch.bool).numpy()
    for source in picture_of(case).things:
        background &= ~reach(source.shape, False, source.x, source.y, source.r, MARGIN)
    for thing, verdict in things:
        if verdict.right:
            background &= ~reach(thing["shape"], "hat" in thing, *verdict.place, MARGIN)
    return all(v.right for _, v in things), abs(before.astype(float) - after)[background].mean() / 255


def run(model, store, cases, options):
    """Edits all cases; returns the pictures before and after."""
    images = draw([picture_of(c) for c in cases])
    with torch.no_grad():
        latents = model.latents(images)
        contexts = model.context([c["source"] for c in cases]), model.context([c["target"] for c in cases])
    items = [
        Item(target_tokens(c), z, z.clone(), torch.Generator().manual_seed(i), tau=options.threshold)
        for i, (c, z) in enumerate(zip(cases, latents))
    ]
    attempts = edit(model, store, items, contexts, options)
    return to_bytes(images), model.pictures(torch.stack([item.z for item in items])), attempts


def report(cases, before, after):
    rows = [(c["kind"], *assess(c, b, a)) for c, b, a in zip(cases, before, after)]
    kinds = {k: sum(right for kind, right, _ in rows if kind == k) for k in dict.fromkeys(kind for kind, _, _ in rows)}
    changes = [change for _, _, change in rows]
    both = sum(right and change < 0.04 for _, right, change in rows)
    right = sum(right for _, right, _ in rows)
    return f"right {right}/{len(rows)} {kinds}, background {sum(changes) / len(changes):.4f} (most {max(changes):.3f}), both {both}"


def save_sheet(path, before, after):
    """Pairs of pictures, four in a row."""
    shown = [image for pair in zip(before, after) for image in pair]
    sheet = Image.new("RGB", (8 * SIZE, -(-len(shown) // 8) * SIZE))
    for i, image in enumerate(shown):
        sheet.paste(Image.fromarray(image), (i % 8 * SIZE, i // 8 * SIZE))
    sheet.save(path, optimize=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--set", default="tuning", choices=["tuning", "test"])
    parser.add_argument("--steps", type=int, nargs="+", default=[60])
    parser.add_argument("--lr", type=float, nargs="+", default=[0.1])
    parser.add_argument("--high", type=float, nargs="+", default=[0.15])
    parser.add_argument("--low", type=float, nargs="+", default=[0.01])
    parser.add_argument("--threshold", type=float, nargs="+", default=[0.01])
    parser.add_argument("--t-min", type=int, nargs="+", default=[50])
    parser.add_argument("--t-max", type=int, nargs="+", default=[950])
    parser.add_argument("--reg", type=float, nargs="+", default=[0.02])
    parser.add_argument("--no-mask", action="store_true")
    parser.add_argument("--no-direction-scale", action="store_true")
    parser.add_argument("--sheet")
    args = parser.parse_args()
    torch.set_num_threads(1)

    cases = json.loads(CASES.read_text())[args.set]
    model = load(args.folder)
    store = []
    record(model.unet, store)
    grid = itertools.product(args.steps, args.lr, args.high, args.low, args.threshold, args.t_min, args.t_max, args.reg)
    for values in grid:
        options = Options(*values, masked=not args.no_mask, normalised=not args.no_direction_scale)
        started = time.monotonic()
        before, after, attempts = run(model, store, cases, options)
        print(options)
        print(f"  {report(cases, before, after)}, {attempts} attempts, {time.monotonic() - started:.0f} s", flush=True)
    if args.sheet:
        save_sheet(args.sheet, before, after)


if __name__ == "__main__":
    main()
