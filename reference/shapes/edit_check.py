"""LUSD in torch on the shapes model, as a check of the weights: edits drawn pictures and judges the results.

    python edit_check.py ../../weights/shapes --steps 60 --sheet out/edits.png
"""

import argparse
import copy
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from PIL import Image

from judge import judge, silhouette
from sampling import load, to_bytes
from train_unet import build_schedule
from world import COLOURS, SCENES, SHAPES, Thing, caption, draw, generator, random_picture

SELF, CROSS = 16, 8


class Recorder:
    """An attention processor that keeps the probabilities, mean over heads, of the target's half of the batch."""

    def __init__(self, store):
        self.store = store

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, **_):
        source = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        q, k, v = (attn.head_to_batch_dim(f(x)) for f, x in ((attn.to_q, hidden_states), (attn.to_k, source), (attn.to_v, source)))
        probabilities = attn.get_attention_scores(q, k)
        if len(hidden_states) == 2:
            kind = "self" if encoder_hidden_states is None else "cross"
            self.store.append((kind, probabilities.unflatten(0, (2, -1))[1].mean(0)))
        return attn.to_out[0](attn.batch_to_head_dim(probabilities @ v))


def record(unet, store):
    """Records every attention but the middle block's."""
    processors = {name: p if name.startswith("mid") else Recorder(store) for name, p in unet.attn_processors.items()}
    unet.set_attn_processor(processors)


def mask_of(maps, tokens):
    """The latent mask [1, 1, 32, 32] from the maps of one pass."""

    def mean(kind, size):
        return torch.stack([p for k, p in maps if k == kind and len(p) == size * size]).mean(0)

    cross = mean("cross", CROSS)[:, tokens].mean(1).view(1, 1, CROSS, CROSS)
    cross = F.interpolate(cross, size=(SELF, SELF), mode="bicubic")
    refined = (mean("self", SELF) @ cross.flatten()).view(1, 1, SELF, SELF)
    m = F.interpolate(refined, size=(2 * SELF, 2 * SELF), mode="bicubic")
    return ((m - m.min()) / (m.max() - m.min())).clamp(0, 1)


@dataclass
class Options:
    """LUSD's, with the released program's defaults but for steps and lr."""

    steps: int
    lr: float
    reg: float = 0.02
    low: float = 0.01
    high: float = 0.15
    speed: float = 5.0
    threshold: float = 0.01
    seed: int = 0


@torch.no_grad()
def edit(model, store, source_latent, source, target, tokens, options):
    """LUSD; returns the edited latent."""
    alphas = build_schedule().alphas_cumprod
    random = torch.Generator().manual_seed(options.seed)
    context = torch.cat([model.context([source]), model.context([target])])
    z, kept, average = source_latent.clone(), None, None
    sizes = (1 - torch.linspace(-options.speed, options.speed, options.steps).sigmoid()) * (options.high - options.low) + options.low
    narrowing = torch.linspace(0, 1, options.steps)
    for k in range(options.steps):
        tau = options.threshold
        while True:
            t = torch.randint(50, 949, (1,), generator=random)
            noise = torch.randn(z.shape, generator=random)
            noisy = alphas[t].sqrt() * z + (1 - alphas[t]).sqrt() * noise
            store.clear()
            before, after = model.unet(torch.cat([noisy, noisy]), t, context).sample.chunk(2)
            g = after - before
            if g.std() >= tau:
                break
            tau *= 0.99
        mask = torch.ones(1)
        if kept and tokens:
            m = mask_of(kept, tokens)
            average = m if average is None else 0.9 * average + 0.1 * m
            mask = narrowing[k] * average + 1 - narrowing[k]
        d = (1 - options.reg) * mask * g + options.reg * (z - source_latent)
        d = d / d.std() * sizes[k]
        z = z - options.lr * 2000 / (z.shape[-1] * z.shape[-2]) * d
        kept = list(store)
    return z


def cases(count, seed):
    """(kind, picture, target picture): recolour, replace, wear a hat and insert in turn."""
    rng = generator(seed)
    kinds = ("recolour", "replace", "hat", "insert")
    out = []
    while len(out) < count:
        kind = kinds[len(out) % 4]
        picture = random_picture(rng, two=0.0, hats=0.0)
        target = copy.deepcopy(picture)
        thing = target.things[0]
        colours = [c for c in COLOURS if c != thing.colour and c not in SCENES[picture.scene].excluded]
        if kind == "recolour":
            thing.colour = rng.choice(colours)
        elif kind == "replace":
            thing.shape = rng.choice([s for s in SHAPES if s != thing.shape])
        elif kind == "hat":
            thing.hat = rng.choice(colours)
        else:
            target.things.append(Thing(rng.choice(SHAPES), rng.choice(colours), 0, 0, 20))
        out.append((kind, picture, target))
    return out


def target_tokens(source, target):
    """Positions of the target's words that the source lacks, but for articles and joining words."""
    old = source.split()
    plain = ("a", "an", "and", "with")
    words = [(i, w) for i, w in enumerate(target.split()) if w not in plain]
    changed = [i + 1 for i, w in words if w not in old]
    # A new colour is looked for at its shape as well: the noun follows.
    return sorted({j for i in changed for j in (i, i + 1) if target.split()[i - 1] in COLOURS or j == i})


def background_change(picture, target, before, after):
    """Mean absolute difference (share of the range) further than 2.2 r from the source's objects."""
    keep = torch.ones(before.shape[:2], dtype=torch.bool).numpy()
    for t in picture.things:
        keep &= ~silhouette("circle", False, t.x, t.y, 2.2 * t.r)
    return abs(before.astype(float) - after)[keep].mean() / 255


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--lr", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=77)
    parser.add_argument("--no-mask", action="store_true")
    parser.add_argument("--sheet")
    args = parser.parse_args()
    torch.set_num_threads(2)

    model = load(args.folder)
    store = []
    record(model.unet, store)
    tally, shown = {}, []
    for kind, picture, target in cases(args.count, args.seed):
        source_text, target_text = caption(picture), caption(target)
        image = draw([picture])
        with torch.no_grad():
            latent = model.latents(image)
        tokens = [] if args.no_mask else target_tokens(source_text, target_text)
        z = edit(model, store, latent, source_text, target_text, tokens, Options(args.steps, args.lr))
        before, after = to_bytes(image)[0], model.pictures(z)[0]
        verdicts = [judge(after, t.shape, t.colour, t.hat) for t in target.things]
        right = all(v.right for v in verdicts)
        change = background_change(picture, target, before, after)
        tally.setdefault(kind, []).append((right, change))
        shown += [before, after]
        print(f"{kind}: {source_text} -> {target_text}: {'right' if right else [v.seen for v in verdicts]}, background {change:.3f}", flush=True)
    for kind, rows in tally.items():
        print(f"{kind}: {sum(r for r, _ in rows)}/{len(rows)} right, background {sum(c for _, c in rows) / len(rows):.3f}")
    if args.sheet:
        sheet = Image.new("RGB", (8 * 128, -(-len(shown) // 8) * 128))
        for i, image in enumerate(shown):
            sheet.paste(Image.fromarray(image), (i % 8 * 128, i // 8 * 128))
        sheet.save(args.sheet)


if __name__ == "__main__":
    main()
