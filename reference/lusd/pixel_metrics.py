"""Known answers of pixel metrics: scikit-image's and torchmetrics' structural similarity, torchmetrics' PSNR and MSE, and
PIE-Bench's masks and regions by numpy.

    python reference/lusd/pixel_metrics.py
"""

import base64
import json
from pathlib import Path

import numpy as np
import torch
from skimage.metrics import structural_similarity
from torchmetrics.functional.image import peak_signal_noise_ratio, structural_similarity_index_measure

OUTPUT = Path(__file__).resolve().parents[2] / "packages/lusd/test/golden/pixelMetrics.json"

WIDTH, HEIGHT = 40, 28


def pictures(rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray]]:
    """Noise against noise, and a picture whose upper half is flat against a slightly brighter one: there f32 would lose
    the variances."""
    shape = (HEIGHT, WIDTH, 3)
    noise = [rng.integers(0, 256, shape, dtype=np.uint8) for _ in range(2)]
    waves = 128 + 60 * np.sin(np.arange(WIDTH) / 3)[None, :, None] * np.cos(np.arange(HEIGHT) / 5)[:, None, None]
    flat = np.broadcast_to(waves, shape).astype(np.uint8)
    flat[: HEIGHT // 2] = (251, 237, 203)
    brighter = np.clip(flat.astype(int) + rng.integers(-6, 18, shape), 0, 255).astype(np.uint8)
    brighter[: HEIGHT // 2] = (253, 235, 204)
    return [(noise[0], noise[1]), (flat, brighter)]


def tensor(picture: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].double() / 255


def similarities(a: np.ndarray, b: np.ndarray) -> dict:
    x, y = (picture.astype(np.float64) / 255 for picture in (a, b))
    gaussian = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    return {
        "inner": structural_similarity(x, y, channel_axis=2, data_range=1, **gaussian),
        "reflected": structural_similarity_index_measure(tensor(a), tensor(b), data_range=1.0).item(),
    }


def comparisons(a: np.ndarray, b: np.ndarray, mask: np.ndarray) -> dict:
    """Of whole pictures, and of both multiplied by the mask or by 1 - mask."""
    regions = {"whole": np.ones_like(mask), "edited": mask, "unedited": 1 - mask}
    values = {}
    for name, region in regions.items():
        x, y = (tensor(picture * region[..., None]) for picture in (a, b))
        values[name] = {
            "mse": torch.nn.functional.mse_loss(x, y).item(),
            "psnr": peak_signal_noise_ratio(x, y, data_range=1.0).item(),
            "ssim": similarities(a * region[..., None], b * region[..., None])["inner"],
        }
    return values


def decode(runs: list[int]) -> np.ndarray:
    """As PnPInversion's `mask_decode`: runs, then the border."""
    flat = np.zeros(512 * 512, dtype=np.uint8)
    for start, length in zip(runs[::2], runs[1::2]):
        for pixel in range(start, min(start + length, 512 * 512)):
            flat[pixel] = 1
    mask = flat.reshape(512, 512)
    mask[0, :] = mask[-1, :] = mask[:, 0] = mask[:, -1] = 1
    return mask


def masks() -> list[dict]:
    cases = [[], [600, 300, 700, 500, 262000, 9000], [0, 262144], [100000, 1, 262143, 1]]
    return [
        {"runs": runs, "ones": int(decode(runs).sum()), "weighted": int((decode(runs).ravel() * np.arange(512**2)).sum())}
        for runs in cases
    ]


def text(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array)).decode()


def main() -> None:
    rng = np.random.default_rng(1)
    mask = (rng.random((HEIGHT, WIDTH)) < 0.3).astype(np.uint8)
    cases = [
        {"a": text(a), "b": text(b), "ssim": similarities(a, b), "regions": comparisons(a, b, mask)}
        for a, b in pictures(rng)
    ]
    output = {"width": WIDTH, "height": HEIGHT, "mask": text(mask), "pictures": cases, "masks": masks()}
    OUTPUT.write_text(json.dumps(output, default=float) + "\n")


if __name__ == "__main__":
    main()
