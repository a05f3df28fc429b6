"""Known answers for the schedules of LUSD, computed with numpy in float64 as the released program does.

    python reference/lusd/schedules.py
"""

import json
from pathlib import Path

import numpy as np

OUTPUT = Path(__file__).resolve().parents[2] / "packages/lusd/test/golden/schedules.json"

CASES = [
    {"numSteps": 1, "dsHigh": 0.15, "dsLow": 0.01, "speed": 5},
    {"numSteps": 2, "dsHigh": 0.15, "dsLow": 0.01, "speed": 5},
    {"numSteps": 7, "dsHigh": 0.3, "dsLow": 0.0, "speed": 2.5},
    {"numSteps": 300, "dsHigh": 0.15, "dsLow": 0.01, "speed": 5},
]


def schedules(case: dict) -> dict:
    high, low, speed, count = case["dsHigh"], case["dsLow"], case["speed"], case["numSteps"]
    sigmoid = 1 / (1 + np.exp(-np.linspace(-speed, speed, count)))
    return {
        **case,
        "narrowing": np.linspace(0, 1, count).tolist(),
        "directionScale": ((1 - sigmoid) * (high - low) + low).tolist(),
    }


if __name__ == "__main__":
    rows = [json.dumps(schedules(case)) for case in CASES]
    OUTPUT.write_text("[\n" + ",\n".join(rows) + "\n]\n")
