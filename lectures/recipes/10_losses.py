"""Make the table that lecture 10 loads, with the lecture's own data, network and losses.

python lectures/recipes/10_losses.py      # data/results/10_losses.json: about 3 minutes of one CPU core
"""

import statistics
from typing import Any

import torch

from segedu.course.lecture_code import run, write_results

SEEDS = (0, 1, 2)
STEPS = 150


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
    means = {name: round(statistics.mean(run[name] for run in runs), 3) for name in runs[0]}
    spread = round(statistics.stdev(run["rare IoU"] for run in runs), 3)
    return {"loss": setting, **means, "± rare IoU": spread, "seeds": [round(run["rare IoU"], 3) for run in runs]}


def main() -> None:
    """Train with every loss and write the table."""
    names, rows = lecture(), []
    for setting in names["settings"]:
        rows.append(row(names, setting))
        print(rows[-1], flush=True)
    about = f"{STEPS} steps of 8 scenes of 48 × 64, mean and deviation of seeds {SEEDS}, CPU, fp32"
    write_results("10_losses", {"about": about, "rows": rows})


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
