"""Edits the 16 tuning pictures with the torch LUSD and writes them with what judge.py says of them, for the tests of
the judge in packages/lusd: a sheet of pictures before and after, and the verdicts. Each thing is also asked for with
a red hat, which it seldom wears.

    python judge_golden.py ../../weights/shapes
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import torch

from edit_check import CASES, Options, assess, record, run, save_sheet
from judge import judge
from sampling import load

OUTPUT = Path(__file__).parents[2] / "packages/lusd/test/golden/shapes"


def verdict(image, thing):
    v = judge(image, thing["shape"], thing["colour"], thing.get("hat"))
    place = dict(zip("xyr", v.place)) if v.place else None
    return asdict(v) | {"right": v.right, "place": place}


def main():
    torch.set_num_threads(1)
    cases = json.loads(CASES.read_text())["tuning"]
    model, store = load(sys.argv[1]), []
    record(model.unet, store)
    before, after, _ = run(model, store, cases, Options(steps=30, lr=0.1))
    OUTPUT.mkdir(parents=True, exist_ok=True)
    save_sheet(OUTPUT / "edited.png", before, after)
    rows = []
    for case, b, a in zip(cases, before, after):
        success, background = assess(case, b, a)
        asked = case["wanted"] + [{"shape": t["shape"], "colour": t["colour"], "hat": "red"} for t in case["wanted"]]
        answers = [{"thing": thing, "verdict": verdict(a, thing)} for thing in asked]
        rows.append({"success": success, "background": background, "answers": answers})
    (OUTPUT / "edited.json").write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
