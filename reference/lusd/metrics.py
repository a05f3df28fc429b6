"""Known answers for the arithmetic of the metrics: scipy's Simpson integral and cosine, torch's losses.

    python reference/lusd/metrics.py
"""

import json
from pathlib import Path

import numpy as np
import torch
from scipy.integrate import simpson
from scipy.spatial.distance import cosine

OUTPUT = Path(__file__).resolve().parents[2] / "packages/lusd/test/golden/metrics.json"

THRESHOLDS = [1 + 0.01 * k for k in range(41)]
COUNT = 60


def draw_scores(rng: np.random.Generator) -> list[dict]:
    return [
        {
            "category": str(rng.choice(["add", "change", "remove"], p=[0.45, 0.45, 0.1])),
            "l1": float(rng.uniform(0.01, 0.15)),
            "clipI": float(rng.uniform(0.7, 1)),
            "clipT": float(rng.uniform(0.2, 0.35)),
            # Some lie on a threshold exactly, where "above" excludes them.
            "clipR": THRESHOLDS[i % 41] if i % 5 == 0 else float(rng.normal(1.12, 0.12)),
        }
        for i in range(COUNT)
    ]


def summarize(scores: list[dict]) -> dict:
    columns = {name: np.array([score[name] for score in scores]) for name in ("l1", "clipI", "clipT", "clipR")}
    passed = [columns["clipR"] > threshold for threshold in THRESHOLDS]

    def integral_of_mean(name: str) -> float | None:
        if not passed[22].any():
            return None
        return simpson([columns[name][mask].mean() for mask in passed[:23]], x=THRESHOLDS[:23])

    return {
        "count": len(scores),
        "clipT": columns["clipT"].mean(),
        "l1": columns["l1"].mean(),
        "clipI": columns["clipI"].mean(),
        "clipAuc": simpson([mask.mean() for mask in passed], x=THRESHOLDS),
        "l1Star": integral_of_mean("l1"),
        "clipIStar": integral_of_mean("clipI"),
    }


def by_category(scores: list[dict]) -> dict:
    summaries = {
        "all": summarize(scores),
        "add": summarize([score for score in scores if score["category"] == "add"]),
        "change": summarize([score for score in scores if score["category"] != "add"]),
    }
    return {"scores": scores, "summaries": summaries}


def weak_changes(scores: list[dict]) -> list[dict]:
    """The same scores, but no change passes the last threshold of the integrals of means."""
    return [
        score if score["category"] == "add" else {**score, "clipR": min(score["clipR"], 1.2)} for score in scores
    ]


def image_losses(rng: np.random.Generator) -> dict:
    a, b = (rng.integers(0, 256, size=(5, 7, 3), dtype=np.uint8) for _ in range(2))
    x, y = (torch.from_numpy(image).float() / 255 for image in (a, b))
    return {
        "a": a.ravel().tolist(),
        "b": b.ravel().tolist(),
        "l1": torch.nn.functional.l1_loss(x, y).item(),
        "l2": torch.nn.functional.mse_loss(x, y).item(),
    }


def embeddings(rng: np.random.Generator) -> dict:
    a, b = (rng.normal(size=32).astype(np.float32) for _ in range(2))
    return {"a": a.tolist(), "b": b.tolist(), "cosine": float(1 - cosine(a.astype(float), b.astype(float)))}


def main() -> None:
    rng = np.random.default_rng(0)
    scores = draw_scores(rng)
    samples = rng.normal(size=41).tolist()
    OUTPUT.write_text(
        json.dumps(
            {
                "tables": [by_category(scores), by_category(weak_changes(scores))],
                "images": image_losses(rng),
                "embeddings": embeddings(rng),
                "simpson": {"samples": samples, "spacing": 0.25, "integral": simpson(samples, dx=0.25)},
            },
            default=float,
        )
        + "\n"
    )


if __name__ == "__main__":
    main()
