"""Known answers for the arithmetic of the metrics: scipy's Simpson integral, cosine and Wilson interval, torch's losses
and draws, pandas' join of scores and categories.

    python reference/lusd/metrics.py
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from scipy.integrate import simpson
from scipy.spatial.distance import cosine
from scipy.stats import binomtest

OUTPUT = Path(__file__).resolve().parents[2] / "packages/lusd/test/golden/metrics.json"

THRESHOLDS = [1 + 0.01 * k for k in range(41)]
COUNT = 60


def draw_scores(rng: np.random.Generator) -> list[dict]:
    return [
        {
            "category": str(rng.choice(["add", "change", "remove"], p=[0.45, 0.45, 0.1])),
            "l1": float(rng.uniform(0.01, 0.15)),
            "clip_i": float(rng.uniform(0.7, 1)),
            "clip_t": float(rng.uniform(0.2, 0.35)),
            # Some lie on a threshold exactly, where "above" excludes them.
            "clip_r": THRESHOLDS[i % 41] if i % 5 == 0 else float(rng.normal(1.12, 0.12)),
        }
        for i in range(COUNT)
    ]


def summarize(scores: list[dict]) -> dict:
    columns = {name: np.array([score[name] for score in scores]) for name in ("l1", "clip_i", "clip_t", "clip_r")}
    passed = [columns["clip_r"] > threshold for threshold in THRESHOLDS]

    def integral_of_mean(name: str) -> float | None:
        if not passed[22].any():
            return None
        return simpson([columns[name][mask].mean() for mask in passed[:23]], x=THRESHOLDS[:23])

    return {
        "clip_t": columns["clip_t"].mean(),
        "clip_r": columns["clip_r"].mean(),
        "l1": columns["l1"].mean(),
        "clip_i": columns["clip_i"].mean(),
        "clip_auc": simpson([mask.mean() for mask in passed], x=THRESHOLDS),
        "l1_star": integral_of_mean("l1"),
        "clip_i_star": integral_of_mean("clip_i"),
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
        score if score["category"] == "add" else {**score, "clip_r": min(score["clip_r"], 1.2)} for score in scores
    ]


SESSIONS = 20
RESAMPLES = 200


def bootstrap(scores: list[dict], other: list[dict]) -> dict:
    """Percentile intervals of statistics of rows, over sessions of three rows each that are drawn with replacement."""

    def interval(statistic) -> list[float]:
        generator = torch.Generator().manual_seed(7)
        values = []
        for _ in range(RESAMPLES):
            sessions = torch.randint(0, SESSIONS, (SESSIONS,), generator=generator).tolist()
            values.append(statistic([3 * session + turn for session in sessions for turn in range(3)]))
        return np.nanpercentile(values, [2.5, 97.5]).tolist()

    def mean_l1(rows: list[int], of: list[dict]) -> float:
        return np.mean([of[row]["l1"] for row in rows])

    return {
        "seed": 7,
        "resamples": RESAMPLES,
        "rowsPerSession": 3,
        "other": other,
        "l1": interval(lambda rows: mean_l1(rows, scores)),
        "clip_auc": interval(lambda rows: summarize([scores[row] for row in rows])["clip_auc"]),
        "differenceOfL1": interval(lambda rows: mean_l1(rows, scores) - mean_l1(rows, other)),
    }


def wilson() -> list[dict]:
    cases = [(58, 100), (0, 12), (12, 12), (1, 3)]
    intervals = [binomtest(count, n).proportion_ci(0.95, method="wilson") for count, n in cases]
    return [
        {"count": count, "n": n, "low": interval.low, "high": interval.high}
        for (count, n), interval in zip(cases, intervals)
    ]


def repeated_index(rng: np.random.Generator) -> dict:
    """One session of three turns whose second idx is there twice, as in the released category file: joined with the
    scores by pandas once that row's idx is corrected."""
    csv = [("9-input", "add"), ("9-output1", "change"), ("9-output1", "remove"), ("10-input", "add")]
    corrected = [("9-input", "add"), ("9-output1", "change"), ("9-output2", "remove"), ("10-input", "add")]
    scores = pd.DataFrame({"idx": [idx for idx, _ in corrected], "l1": rng.uniform(0.01, 0.15, 4)})
    joined = scores.merge(pd.DataFrame(corrected, columns=["idx", "category"]), on="idx")
    is_add = joined.category == "add"
    return {
        "csv": csv,
        "l1": scores.l1.tolist(),
        "means": {"all": joined.l1.mean(), "add": joined.l1[is_add].mean(), "change": joined.l1[~is_add].mean()},
    }


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
                "bootstrap": bootstrap(scores, draw_scores(rng)),
                "wilson": wilson(),
                "repeatedIndex": repeated_index(rng),
                "simpson": {"samples": samples, "spacing": 0.25, "integral": simpson(samples, dx=0.25)},
            },
            default=float,
        )
        + "\n"
    )


if __name__ == "__main__":
    main()
