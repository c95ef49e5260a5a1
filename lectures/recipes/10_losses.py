"""Make the tables that lecture 10 loads, with the lecture's own data, network and losses.

python lectures/recipes/10_losses.py                # data/results/10_losses.json: about 3 minutes of one CPU core
python lectures/recipes/10_losses.py long           # 10_losses_long.json: four times the steps, about 3 minutes
python lectures/recipes/10_losses.py camvid ROOT    # 10_losses_camvid.json: real streets in ROOT, half a minute
"""

import statistics
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import torch

from segedu.course.lecture_code import run, write_results

SEEDS = (0, 1, 2)
STEPS, LONG = 150, 600
CHOSEN = ("cross-entropy", "weighted (median)", "soft Dice", "Dice + CE", "Lovász-softmax")  # those that train long


def lecture(**parameters: Any) -> dict[str, Any]:
    """Return the names that the lecture defines for its trainings: data, `trained`, `score`, `settings`, …"""
    return run("10", "data", "training", "settings", **{"steps": STEPS, **parameters})


def measure(names: dict[str, Any], setting: str, seed: int) -> dict[str, float]:
    """Train with one loss on the CPU and return the scores on the validation scenes."""
    trainer = names["trained"](names["settings"][setting], seed, device="cpu", progress=False)
    return names["score"](trainer.evaluate(names["val"]))


def row(names: dict[str, Any], setting: str, seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """Train with one loss and every seed; return means, the spread and each seed's IoU as a row of the table."""
    runs = [measure(names, setting, seed) for seed in seeds]
    means: dict[str, Any] = {name: round(statistics.mean(run[name] for run in runs), 3) for name in runs[0]}
    if len(runs) > 1:
        means["± rare IoU"] = round(statistics.stdev(run["rare IoU"] for run in runs), 3)
    return {"loss": setting, **means, "seeds": [round(run["rare IoU"], 3) for run in runs]}


def write(file: str, what: str, names: dict[str, Any], settings: Iterable[str], seeds: Sequence[int]) -> None:
    """Train with the losses and write a table."""
    rows = []
    for setting in settings:
        rows.append(row(names, setting, seeds))
        print(rows[-1], flush=True)
    about = f"{names['steps']} steps of 8 {what} of 48 × 64, seeds {list(seeds)}, CPU, fp32"
    write_results(file, {"about": about, "rows": rows})


def main(which: str = "", root: str = "") -> None:
    """Write the table that is named."""
    if which == "long":
        write("10_losses_long", "scenes", lecture(steps=LONG), CHOSEN, SEEDS[:1])
    elif which == "camvid":
        write("10_losses_camvid", "streets of CamVid", lecture(dataset="camvid", root=root), CHOSEN[:3], SEEDS[:1])
    else:
        names = lecture()
        write("10_losses", "scenes", names, names["settings"], SEEDS)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(*sys.argv[1:])
