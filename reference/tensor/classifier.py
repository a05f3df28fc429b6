"""A small convolutional classifier trained on pictures drawn by arithmetic, to be followed step by step.

Every random number is one of `torch.rand` on a CPU generator (mt19937, f32 in [0, 1)), read one after
another, so that another program draws the same. `uniform()` below is the next number; arithmetic on it is in
doubles, and a pixel is rounded to f32 once.

A picture, 16 x 16 x 1, from a generator, in this order:
    label  = floor(4 * uniform())       0 horizontal bar, 1 vertical bar, 2 cross, 3 disc
    row    = 4 + floor(8 * uniform())   the centre, 4 .. 11
    column = 4 + floor(8 * uniform())
    radius = 2 + floor(3 * uniform())   2 .. 4
    bright = 0.5 + 0.5 * uniform()
    then for y in 0 .. 15, for x in 0 .. 15, with dy = y - row, dx = x - column:
        pixel = (bright if inside else 0) + 0.5 * (uniform() - 0.5)
    inside: horizontal bar |dy| <= 1 and |dx| <= radius; vertical bar |dx| <= 1 and |dy| <= radius;
            cross: (dy = 0 and |dx| <= radius) or (dx = 0 and |dy| <= radius);
            disc dy * dy + dx * dx <= radius * radius

A batch is 32 pictures drawn one after another; step t trains on the t-th batch of the generator seeded
TRAIN_SEED, so that no picture is seen twice. Held-out pictures are the first 512 of the one seeded TEST_SEED.

The network, NHWC, f32:
    conv1  3 x 3, 1 -> 8, stride 1, padding 1; silu; groupNorm, 4 groups, eps 1e-5, weight 1, bias 0
    conv2  3 x 3, 8 -> 16, stride 2, padding 1; silu
    conv3  3 x 3, 16 -> 32, stride 2, padding 1; silu
    mean over height and width; linear 32 -> 4; crossEntropy, mean over the batch

Initial values, from a generator seeded INIT_SEED: for conv1.weight [3, 3, 1, 8], conv1.bias, conv2.weight
[3, 3, 8, 16], conv2.bias, conv3.weight [3, 3, 16, 32], conv3.bias, linear.weight [32, 4], linear.bias, each
filled in the order of its elements with (2 * uniform() - 1) / sqrt(fanIn), in doubles, rounded to f32.
fanIn is kH * kW * Cin of that layer (32 for linear), for its bias too. norm.weight and norm.bias are
trained as well.

AdamW over all ten tensors: lr 0.01, betas 0.9 and 0.999, eps 1e-8, weight decay 0.01.

`losses` are those of the first 50 steps, before each step's update; `accuracy` is that on the held-out
pictures after 200 steps.
"""

import json
import math

import torch
import torch.nn.functional as F

from .conv2d import conv2d
from .family import GOLDEN
from .group_norm import group_norm

TRAIN_SEED, TEST_SEED, INIT_SEED = 1, 2, 3
BATCH, STEPS, STORED_LOSSES, HELD_OUT = 32, 200, 50, 512
SIZE, CLASSES = 16, 4
PARAMETERS = {
    "conv1.weight": [3, 3, 1, 8], "conv1.bias": [8], "conv2.weight": [3, 3, 8, 16], "conv2.bias": [16],
    "conv3.weight": [3, 3, 16, 32], "conv3.bias": [32], "linear.weight": [32, 4], "linear.bias": [4],
}  # fmt: skip
FAN_IN = {"conv1": 9, "conv2": 72, "conv3": 144, "linear": 32}


def uniforms(generator, count):
    return torch.rand(count, generator=generator).double()


def draw_picture(generator):
    shape = uniforms(generator, 5).tolist()
    label, row, column, radius = (math.floor(n * u) for n, u in zip((4, 8, 8, 3), shape))
    bright = 0.5 + 0.5 * shape[4]
    dy = (torch.arange(SIZE) - row - 4)[:, None]
    dx = (torch.arange(SIZE) - column - 4)[None, :]
    radius += 2
    inside = [
        (dy.abs() <= 1) & (dx.abs() <= radius),
        (dx.abs() <= 1) & (dy.abs() <= radius),
        ((dy == 0) & (dx.abs() <= radius)) | ((dx == 0) & (dy.abs() <= radius)),
        dy * dy + dx * dx <= radius * radius,
    ][label]
    noise = uniforms(generator, SIZE * SIZE).reshape(SIZE, SIZE)
    picture = inside.double() * bright + 0.5 * (noise - 0.5)
    return picture.float()[..., None], label


def draw_batch(generator, count):
    pictures, labels = zip(*(draw_picture(generator) for _ in range(count)))
    return torch.stack(pictures), torch.tensor(labels)


def initial_parameters():
    generator = torch.Generator().manual_seed(INIT_SEED)
    parameters = {}
    for name, shape in PARAMETERS.items():
        bound = 1 / math.sqrt(FAN_IN[name.split(".")[0]])
        values = (2 * uniforms(generator, math.prod(shape)) - 1) * bound
        parameters[name] = values.float().reshape(shape)
    return parameters | {"norm.weight": torch.ones(8), "norm.bias": torch.zeros(8)}


def forward(p, images):
    h = F.silu(conv2d(images, p["conv1.weight"], p["conv1.bias"], padding=1))
    h = group_norm(h, p["norm.weight"], p["norm.bias"], num_groups=4)
    h = F.silu(conv2d(h, p["conv2.weight"], p["conv2.bias"], stride=2, padding=1))
    h = F.silu(conv2d(h, p["conv3.weight"], p["conv3.bias"], stride=2, padding=1))
    return h.mean((1, 2)) @ p["linear.weight"] + p["linear.bias"]


def train(dtype):
    """The losses of every step and the held-out accuracy."""
    p = {name: value.to(dtype).requires_grad_() for name, value in initial_parameters().items()}
    optimizer = torch.optim.AdamW(p.values(), lr=0.01, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
    generator = torch.Generator().manual_seed(TRAIN_SEED)
    losses = []
    for _ in range(STEPS):
        images, labels = draw_batch(generator, BATCH)
        loss = F.cross_entropy(forward(p, images.to(dtype)), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    images, labels = draw_batch(torch.Generator().manual_seed(TEST_SEED), HELD_OUT)
    right = forward(p, images.to(dtype)).argmax(1) == labels
    return losses, right.double().mean().item()


def checks():
    """First values, to tell a wrong draw from a wrong gradient."""
    images, labels = draw_batch(torch.Generator().manual_seed(TRAIN_SEED), BATCH)
    return {
        "labels": labels.tolist(),
        "firstPixels": images[0].flatten()[:8].tolist(),
        "lastPixels": images[-1].flatten()[-8:].tolist(),
        "initial": {name: value.flatten()[:4].tolist() for name, value in initial_parameters().items()},
    }


def write():
    losses, accuracy = train(torch.float32)
    exact_losses, _ = train(torch.float64)
    stored = losses[:STORED_LOSSES]
    drift = max(abs(loss / exact - 1) for loss, exact in zip(stored, exact_losses))
    if accuracy < 0.97 or drift > 1e-3:
        raise ValueError(f"the classifier reaches {accuracy}; its f32 curve drifts {drift} from float64's")
    GOLDEN.mkdir(parents=True, exist_ok=True)
    result = {"losses": stored, "finalLoss": losses[-1], "accuracy": accuracy, **checks()}
    (GOLDEN / "classifier.json").write_text(json.dumps(result, indent=1) + "\n")
    print(f"classifier.json: accuracy {accuracy}, final loss {losses[-1]:.4f}, f32 drift {drift:.1e}")
