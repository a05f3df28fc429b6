"""The shapes world: scenes of two gradients with one or two flat shapes, some of them wearing a hat.

Everything is a plain formula, so that any language can draw the same picture. Lengths are pixels of a
128 x 128 picture, y points down, and the centre of the pixel in column i, row j is (i + 0.5, j + 0.5).

A picture is drawn back to front, on RGB in 0..255:

1. Sky and ground. With h = horizon, v = j + 0.5:
   sky    = lerp(sky_top, sky_bottom, clamp(v / h, 0, 1))
   ground = lerp(ground_top, ground_bottom, clamp((v - h) / (128 - h), 0, 1))
   colour = lerp(sky, ground, clamp(v - h + 0.5, 0, 1)) + brightness
2. Each object: lerp(colour below, object colour, coverage), with
   coverage = clamp(0.5 - r * f((x - cx) / r, (y - cy) / r), 0, 1)
   where f is the shape's signed distance in units of the radius r (`DISTANCE`).
3. Straight after its object, the object's hat in the same way, with f = `hat` and the same r, its centre
   moved up by HAT_LINE[shape] * r.
"""

import math
import random
from dataclasses import dataclass, field

import torch

SIZE = 128

COLOURS = {
    "red": (220, 40, 40),
    "blue": (40, 80, 220),
    "green": (30, 150, 50),
    "yellow": (245, 215, 40),
    "purple": (140, 50, 180),
    "orange": (245, 135, 25),
    "white": (250, 250, 250),
    "black": (20, 20, 20),
}


@dataclass(frozen=True)
class Scene:
    """Colours of a background, the phrase that names it and the object colours that would vanish in it."""

    phrase: str
    sky_top: tuple
    sky_bottom: tuple
    ground_top: tuple
    ground_bottom: tuple
    excluded: tuple


SCENES = {
    "grass": Scene("on grass", (130, 170, 205), (170, 200, 220), (135, 175, 105), (100, 145, 80), ("green",)),
    "sand": Scene("on sand", (125, 175, 205), (170, 205, 215), (215, 190, 145), (190, 160, 115), ("yellow",)),
    "snow": Scene("on snow", (130, 150, 175), (165, 180, 195), (232, 236, 242), (205, 212, 225), ("white",)),
    "night": Scene("at night", (22, 26, 60), (45, 50, 95), (40, 48, 60), (28, 34, 44), ("black",)),
    "dusk": Scene("at dusk", (95, 70, 120), (205, 130, 115), (95, 75, 80), (70, 55, 65), ("purple", "orange")),
    "sea": Scene("at sea", (150, 185, 205), (185, 210, 220), (60, 125, 165), (35, 90, 135), ("blue",)),
}

# The height, in radii above the centre, at which a hat's brim sits.
HAT_LINE = {"circle": 0.85, "square": 0.85, "triangle": 0.8, "star": 0.85, "heart": 0.8, "diamond": 0.95}


def circle(u, v):
    """Radius 1."""
    return torch.hypot(u, v) - 1


def square(u, v):
    """Half side 0.85."""
    return torch.maximum(u.abs(), v.abs()) - 0.85


def triangle(u, v):
    """Equilateral, apex up, inner radius 0.65, moved down by 0.3: spans v from -1 to 0.95."""
    w = v - 0.3
    return torch.maximum(w, 0.75**0.5 * u.abs() - 0.5 * w) - 0.65


def diamond(u, v):
    """Half diagonals 0.95 (horizontal) and 1.25 (vertical)."""
    return (u.abs() / 0.95 + v.abs() / 1.25 - 1) / math.hypot(1 / 0.95, 1 / 1.25)


def star(u, v):
    """Five points up to radius 1.25, inner corners at 0.55; the plane is folded onto one tenth of the star."""
    fifth = 2 * math.pi / 5
    angle = torch.atan2(u, -v)
    angle = (angle - fifth * torch.floor(angle / fifth + 0.5)).abs()
    length = torch.hypot(u, v)
    x, y = length * torch.cos(angle), length * torch.sin(angle)
    ex, ey = 0.55 * math.cos(fifth / 2) - 1.25, 0.55 * math.sin(fifth / 2)
    return ((x - 1.25) * ey - y * ex) / math.hypot(ex, ey)


def heart(u, v):
    """A square on its tip (half diagonal d = 0.9) and a disc on each of its upper edges."""
    d = 0.9
    a = u.abs()
    tip = (a + v.abs() - d) / math.sqrt(2)
    disc = torch.hypot(a - d / 2, v + d / 2) - d / math.sqrt(2)
    return torch.minimum(tip, disc)


def hat(u, v):
    """A brim 1.5 wide and 0.24 high around v = 0, and a crown 0.9 wide from v = -0.7 to 0."""
    brim = torch.maximum(u.abs() - 0.75, v.abs() - 0.12)
    crown = torch.maximum(u.abs() - 0.45, (v + 0.35).abs() - 0.35)
    return torch.minimum(brim, crown)


SHAPES = ("circle", "square", "triangle", "star", "heart", "diamond")
DISTANCE = {"circle": circle, "square": square, "triangle": triangle, "star": star, "heart": heart, "diamond": diamond, "hat": hat}


@dataclass
class Thing:
    """One object: a shape of a colour around (x, y) with radius r, and its hat's colour if it wears one."""

    shape: str
    colour: str
    x: float
    y: float
    r: float
    hat: str | None = None


@dataclass
class Picture:
    """Everything needed to draw a picture and to caption it."""

    scene: str
    horizon: float
    brightness: float
    things: list[Thing] = field(default_factory=list)


def coverage(shape, x, y, r):
    """Coverage [n, 128, 128] of n shapes of one kind; x, y, r are [n] tensors in pixels."""
    at = torch.arange(SIZE) + 0.5
    x, y, r = (k.view(-1, 1, 1) for k in (x, y, r))
    u = ((at.view(1, 1, -1) - x) / r).expand(-1, SIZE, -1)
    v = ((at.view(1, -1, 1) - y) / r).expand(-1, -1, SIZE)
    return (0.5 - r * DISTANCE[shape](u, v)).clamp(0, 1)


def _backgrounds(pictures):
    def column(name):
        return torch.tensor([getattr(SCENES[p.scene], name) for p in pictures], dtype=torch.float32).view(-1, 3, 1)

    v = (torch.arange(SIZE) + 0.5).view(1, 1, -1)
    h = torch.tensor([p.horizon for p in pictures]).view(-1, 1, 1)
    sky = torch.lerp(column("sky_top"), column("sky_bottom"), (v / h).clamp(0, 1))
    ground = torch.lerp(column("ground_top"), column("ground_bottom"), ((v - h) / (SIZE - h)).clamp(0, 1))
    rows = torch.lerp(sky, ground, (v - h + 0.5).clamp(0, 1))
    rows = rows + torch.tensor([p.brightness for p in pictures]).view(-1, 1, 1)
    return rows.unsqueeze(-1).repeat(1, 1, 1, SIZE)


def _paint(canvas, layer):
    """Draws one layer, a list of (picture index, shape, colour, x, y, r), each picture at most once in it."""
    for shape in DISTANCE:
        rows = [entry for entry in layer if entry[1] == shape]
        if not rows:
            continue
        index = torch.tensor([entry[0] for entry in rows])
        colour = torch.tensor([COLOURS[entry[2]] for entry in rows], dtype=torch.float32).view(-1, 3, 1, 1)
        x, y, r = torch.tensor([entry[3:] for entry in rows], dtype=torch.float32).unbind(1)
        canvas[index] = torch.lerp(canvas[index], colour, coverage(shape, x, y, r).unsqueeze(1))


def draw(pictures):
    """Draws a batch: [n, 3, 128, 128] RGB in -1..1, unquantised."""
    canvas = _backgrounds(pictures)
    for slot in range(max(len(p.things) for p in pictures)):
        things = [(i, p.things[slot]) for i, p in enumerate(pictures) if slot < len(p.things)]
        _paint(canvas, [(i, t.shape, t.colour, t.x, t.y, t.r) for i, t in things])
        _paint(canvas, [(i, "hat", t.hat, t.x, t.y - HAT_LINE[t.shape] * t.r, t.r) for i, t in things if t.hat])
    return canvas / 127.5 - 1


def _article(word):
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def caption(picture, with_scene=True):
    """For example "a red circle with a blue hat and a yellow star on sand"."""
    parts = []
    for thing in picture.things:
        text = f"{_article(thing.colour)} {thing.shape}"
        parts.append(f"{text} with {_article(thing.hat)} hat" if thing.hat else text)
    text = " and ".join(parts)
    return f"{text} {SCENES[picture.scene].phrase}" if with_scene else text


def _apart(a, b):
    reach = [1.25 * t.r + (0.35 * t.r if t.hat else 0) for t in (a, b)]
    return math.hypot(a.x - b.x, a.y - b.y) > sum(reach) + 2


def _place(rng, shape, colour, hat_colour, largest):
    r = rng.uniform(15, largest)
    margin = 1.27 * r + 2
    top = margin + (0.4 * r if hat_colour else 0)
    return Thing(shape, colour, rng.uniform(margin, SIZE - margin), rng.uniform(top, SIZE - margin), r, hat_colour)


def random_picture(rng, two=0.45, hats=0.3):
    """A random picture; `two` is the share with two objects, `hats` that of objects with a hat. `rng` is a random.Random."""
    scene = rng.choice(list(SCENES))
    picture = Picture(scene, rng.uniform(0.4, 0.75) * SIZE, rng.uniform(-8, 8))
    colours = [c for c in COLOURS if c not in SCENES[scene].excluded]
    rng.shuffle(colours)
    count = 2 if rng.random() < two else 1
    kinds = [(rng.choice(SHAPES), colours.pop(), colours.pop() if rng.random() < hats else None) for _ in range(count)]
    while True:
        picture.things = [_place(rng, *kind, 28 if count == 1 else 23) for kind in kinds]
        if count == 1 or _apart(*picture.things):
            return picture


CLOSE = 64


def close_up(rng, hats=0.3):
    """A picture of one object and the corner (left, top) of a 64 x 64 window that holds all of it."""
    picture = random_picture(rng, two=0.0, hats=hats)
    thing = picture.things[0]
    thing.r = min(thing.r, rng.uniform(15, 20.5 if thing.hat else 23))
    left, right = thing.x - 1.27 * thing.r - 1, thing.x + 1.27 * thing.r + 1
    top, bottom = thing.y - (1.66 if thing.hat else 1.27) * thing.r - 1, thing.y + 1.27 * thing.r + 1

    def corner(low, high):
        least, most = max(0, math.ceil(high - CLOSE)), min(SIZE - CLOSE, math.floor(low))
        return rng.randint(min(least, most), most)

    return picture, (corner(left, right), corner(top, bottom))


def words():
    """Every word that a caption may hold."""
    scene_words = {w for s in SCENES.values() for w in s.phrase.split()}
    return sorted({"a", "an", "and", "with", "hat", *COLOURS, *SHAPES, *scene_words})


def generator(seed):
    """A generator of pictures' parameters."""
    return random.Random(seed)
