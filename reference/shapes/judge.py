"""Judges by arithmetic whether a picture shows what was asked for. Input: RGB bytes [128, 128, 3].

A thing asked for (shape, colour, perhaps a hat) is looked for like this:

1. Its mask is the largest 4-connected group of pixels whose RGB lies within TOLERANCE (Euclidean) of its colour.
   Colour is right when the group has at least LEAST_AREA pixels.
2. Each of the six shapes is fitted to the mask by its moments: a shape of radius 1 has a known area A and centroid
   C, so r = sqrt(area / A) and centre = centroid - r C. The fitted shape is rasterised (coverage > 0.5) and compared
   with the mask by intersection over union; the best one is the shape seen. Shape is right when that is the
   shape asked for and the overlap is at least LEAST_OVERLAP. When a hat was asked for, the hat's place is cut out of
   the shape throughout, as a hat hides it.
3. The hat is right when the largest group of its colour, near the fitted shape (within 2.5 r of its centre), has at
   least HAT_SHARE of the hat's area and a centroid within HAT_REACH r of the hat's in x and in y.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch

from world import COLOURS, DISTANCE, HAT_LINE, SHAPES, SIZE

TOLERANCE = 60
LEAST_AREA = 150
LEAST_OVERLAP = 0.7
HAT_SHARE = 0.5
HAT_REACH = 0.5
HAT_AREA = 0.9 * 0.7 + 1.5 * 0.24 - 0.9 * 0.12


@dataclass(frozen=True)
class Verdict:
    """What was seen of one thing; `hat` is true when none was asked for. `place` is x, y, r of the fitted shape."""

    colour: bool
    shape: bool
    hat: bool
    seen: str | None
    overlap: float
    place: tuple | None

    @property
    def right(self):
        return self.colour and self.shape and self.hat


def near(image, colour):
    """Boolean [128, 128]: the pixels of a colour."""
    return np.square(image.astype(float) - COLOURS[colour]).sum(-1) < TOLERANCE**2


def largest_group(mask):
    """The largest 4-connected group of a boolean mask, as a mask."""
    left = mask.copy()
    best = []
    for start in zip(*np.nonzero(mask)):
        if not left[start]:
            continue
        left[start] = False
        group, stack = [], [start]
        while stack:
            j, i = stack.pop()
            group.append((j, i))
            for b, a in ((j - 1, i), (j + 1, i), (j, i - 1), (j, i + 1)):
                if 0 <= b < SIZE and 0 <= a < SIZE and left[b, a]:
                    left[b, a] = False
                    stack.append((b, a))
        if len(group) > len(best):
            best = group
    out = np.zeros_like(mask)
    if best:
        out[tuple(np.array(best).T)] = True
    return out


def moments(mask):
    """Area, and centroid (x, y), of a mask that is not empty."""
    j, i = np.nonzero(mask)
    return len(i), i.mean() + 0.5, j.mean() + 0.5


def silhouette(shape, hatted, x, y, r):
    """The visible part of a shape, as a mask."""
    at = torch.arange(SIZE, dtype=torch.float64) + 0.5
    u, v = (at.view(1, -1) - x) / r, (at.view(-1, 1) - y) / r
    u, v = u.expand(SIZE, -1), v.expand(-1, SIZE)
    inside = DISTANCE[shape](u, v) < 0
    if hatted:
        inside &= DISTANCE["hat"](u, v + HAT_LINE[shape]) >= 0
    return inside.numpy()


@cache
def unit_moments(shape, hatted):
    """Area and centroid of a shape of radius 1 around the origin."""
    r, centre = 40.0, SIZE / 2
    area, x, y = moments(silhouette(shape, hatted, centre, centre, r))
    return area / r**2, (x - centre) / r, (y - centre) / r


def fit(mask, shape, hatted):
    """Overlap (intersection over union) of the fitted shape and its x, y, r."""
    area, x, y = moments(mask)
    unit, ux, uy = unit_moments(shape, hatted)
    r = (area / unit) ** 0.5
    x, y = x - r * ux, y - r * uy
    fitted = silhouette(shape, hatted, x, y, r)
    return (fitted & mask).sum() / (fitted | mask).sum(), x, y, r


def _hat_right(image, colour, shape, x, y, r):
    j, i = np.mgrid[:SIZE, :SIZE] + 0.5
    mask = largest_group(near(image, colour) & (np.hypot(i - x, j - y) < 2.5 * r))
    if mask.sum() < HAT_SHARE * HAT_AREA * r * r:
        return False
    _, hx, hy = moments(mask)
    return abs(hx - x) < HAT_REACH * r and abs(hy - (y - (HAT_LINE[shape] + 0.25) * r)) < HAT_REACH * r


def judge(image, shape, colour, hat=None):
    """Looks for one thing in RGB bytes [128, 128, 3]."""
    mask = largest_group(near(image, colour))
    if mask.sum() < LEAST_AREA:
        return Verdict(False, False, hat is None, None, 0.0, None)
    fits = {name: fit(mask, name, hat is not None) for name in SHAPES}
    seen = max(fits, key=lambda name: fits[name][0])
    overlap, x, y, r = fits[shape]
    shape_right = seen == shape and overlap >= LEAST_OVERLAP
    hat_right = hat is None or _hat_right(image, hat, shape, x, y, r)
    return Verdict(True, bool(shape_right), bool(hat_right), seen, float(overlap), (float(x), float(y), float(r)))


def reach(shape, hatted, x, y, r, margin):
    """The pixels within `margin` pixels of a shape and of its hat, as a mask."""
    at = torch.arange(SIZE, dtype=torch.float64) + 0.5
    u, v = ((at.view(1, -1) - x) / r).expand(SIZE, -1), ((at.view(-1, 1) - y) / r).expand(-1, SIZE)
    distance = DISTANCE[shape](u, v)
    if hatted:
        distance = torch.minimum(distance, DISTANCE["hat"](u, v + HAT_LINE[shape]))
    return (r * distance <= margin).numpy()
