"""Make the tables that lecture 10 loads, with the lecture's own data, network and losses.

python lectures/recipes/10_losses.py                # data/results/10_losses.json: about 3 minutes of one CPU core
python lectures/recipes/10_losses.py long           # 10_losses_long.json: four times the steps, about 15 minutes
python lectures/recipes/10_losses.py camvid ROOT    # 10_losses_camvid.json: real streets in ROOT, 600 steps
python lectures/recipes/10_losses.py known ROOT     # 10_losses_known.json: the same on the frames trained with, 450
"""

import functools
import statistics
import sys
from collections.abc import Callable
from typing import Any

import torch

from segedu.course.lecture_code import over_seeds, run, write_results

SEEDS = (0, 1, 2)
STEPS, KNOWN, LONG = 150, 450, 600
ON_STREETS = ("cross-entropy", "weighted (median)", "soft Dice", "Dice + CE")


def lecture(**parameters: Any) -> dict[str, Any]:
    """Return the names that the lecture defines for its trainings: data, `trained`, `score`, `settings`, …"""
    return run("10", "data", "training", "settings", **{"steps": STEPS, **parameters})


def measure(names: dict[str, Any], setting: str, seed: int) -> dict[str, float]:
    """Train with one loss on the CPU and return the scores on the validation scenes."""
    trainer = names["trained"](names["settings"][setting], seed, device="cpu", progress=False)
    return names["score"](trainer.evaluate(names["val"]))


def row(names: dict[str, Any], setting: str) -> dict[str, Any]:
    """Train with one loss and every seed; return means, the spread and each seed's IoU as a row of the table."""
    runs = [measure(names, setting, seed) for seed in SEEDS]
    means: dict[str, Any] = {name: round(statistics.mean(run[name] for run in runs), 3) for name in runs[0]}
    means["± rare IoU"] = round(statistics.stdev(run["rare IoU"] for run in runs), 3)
    return {"loss": setting, **means, "seeds": [round(run["rare IoU"], 3) for run in runs]}


def long_row(names: dict[str, Any], setting: str) -> dict[str, Any]:
    """Train with one loss and every seed; return means, each seed's scores and the time."""
    return {"loss": setting, **over_seeds(functools.partial(measure, names, setting))}


def known_row(names: dict[str, Any], setting: str) -> dict[str, Any]:
    """Train with one loss and every seed; return scores on the frames trained with and on new ones, and the time."""
    return {"loss": setting, **over_seeds(functools.partial(measure_known, names, setting))}


def measure_known(names: dict[str, Any], setting: str, seed: int) -> dict[str, float]:
    """Train with one loss on the CPU and return scores on the frames that it saw and on the validation frames."""
    trainer = names["trained"](names["settings"][setting], seed, device="cpu", progress=False)
    known, new = (names["score"](trainer.evaluate(names[split])) for split in ("train", "val"))
    return {
        "known: mean IoU": known["mean IoU"],
        "known: rare IoU": known["rare IoU"],
        "known: recall": known["recall"],
        "new: mean IoU": new["mean IoU"],
        "new: rare IoU": new["rare IoU"],
    }


def write(file: str, what: str, names: dict[str, Any], rows_of: Callable[..., dict[str, Any]], *settings: str) -> None:
    """Train with the losses and write a table."""
    rows = []
    for setting in settings:
        rows.append(rows_of(names, setting))
        print(rows[-1], flush=True)
    about = f"{names['steps']} steps of 8 {what} of 48 × 64, seeds {list(SEEDS)}, CPU, fp32"
    write_results(file, {"about": about, "rows": rows})


def main(which: str = "", root: str = "") -> None:
    """Write the table that is named."""
    if which == "long":
        names = lecture(steps=LONG)
        write("10_losses_long", "scenes", names, long_row, *names["settings"])
    elif which == "camvid":
        names = lecture(steps=LONG, dataset="camvid", root=root)
        write("10_losses_camvid", "streets of CamVid", names, long_row, *ON_STREETS)
    elif which == "known":
        names = lecture(steps=KNOWN, dataset="camvid", root=root)
        write("10_losses_known", "streets of CamVid", names, known_row, *ON_STREETS[:3])
    else:
        names = lecture()
        write("10_losses", "scenes", names, row, *names["settings"])


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(*sys.argv[1:])
