"""Make the table that lecture 10 loads, with the lecture's own data, network and losses.

python lectures/recipes/10_losses.py      # data/results/10_losses.json: about 3 minutes of one CPU core
"""

import json
import statistics
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F

import segedu as se
from segedu.course.build.source import find_lectures, read

ROOT = Path(__file__).resolve().parents[2]
SEEDS = (0, 1, 2)
STEPS = 150
PARAMETERS = {"dataset": "scenes", "root": None, "steps": STEPS, "train_anew": False}


def lecture(**parameters: Any) -> dict[str, Any]:
    """Return the names that the lecture defines for its trainings: data, `trained`, `score`, `settings`, …"""
    names = {"torch": torch, "F": F, "se": se, **PARAMETERS, **parameters}
    cells = {cell.metadata.get("name"): cell.source for cell in read(find_lectures(ROOT, ["10"])[0]).cells}
    for cell in ("data", "training", "settings"):
        exec(cells[cell], names)
    return names


def measure(names: dict[str, Any], setting: str, seed: int) -> dict[str, float]:
    """Train with one loss on the CPU and return the scores on the validation scenes."""
    run = names["trained"](names["settings"][setting], seed, device="cpu", progress=False)
    return names["score"](run.evaluate(names["val"]))


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
    path = ROOT / "data" / "results" / "10_losses.json"
    path.write_text(json.dumps({"about": about, "rows": rows}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
