"""Make the two tables that lecture 11 loads, with the lecture's own data, network and settings.

python lectures/recipes/11_data_and_augmentation.py           # both: about 6 minutes of one CPU core
python lectures/recipes/11_data_and_augmentation.py ablation  # data/results/11_augmentation.json
python lectures/recipes/11_data_and_augmentation.py leak      # data/results/11_leak.json
"""

import statistics
import sys
from typing import Any

import torch

import segedu as se
from segedu.course.lecture_code import run, write_results

SEEDS = (0, 1, 2)
STEPS = 300


def lecture(**parameters: Any) -> dict[str, Any]:
    """Return the names that the lecture defines for its trainings: `train`, `val`, `trained`, `settings`, …"""
    return run("11", "data", "training", "videos", "settings", **{"steps": STEPS, **parameters})


def train(names: dict[str, Any], samples: Any, transform: Any, seed: int) -> Any:
    """Train the lecture's network on the CPU and return the trainer."""
    return names["trained"](samples, transform, seed, device="cpu", progress=False)


def measure(trainer: Any, samples: Any) -> float:
    """Return the mean IoU over samples, rounded as it is stored."""
    return round(trainer.evaluate(samples).mean_iou(), 3)


def row(names: dict[str, Any], setting: str, seeds: tuple[int, ...] = SEEDS) -> dict[str, Any]:
    """Train with one augmentation and every seed; return means, the spread and each seed's score."""
    trainers = [train(names, names["train"], names["settings"][setting], seed) for seed in seeds]
    known, new = ([measure(trainer, names[split]) for trainer in trainers] for split in ("train", "val"))
    return {
        "augmentation": setting,
        "train mean IoU": round(statistics.mean(known), 3),
        "val mean IoU": round(statistics.mean(new), 3),
        "±": round(statistics.stdev(new), 3),
        "gap": round(statistics.mean(known) - statistics.mean(new), 3),
        "seeds": new,
    }


def leak_row(names: dict[str, Any], split: str, seeds: tuple[int, ...] = SEEDS) -> dict[str, Any]:
    """Train on the frames of one way to split videos; return the score on its val frames and on new videos."""
    new = [names["video"](scene)[0] for scene in se.Scenes(64, size=(48, 73), split="test")]
    known, val = names[split]
    trainers = [train(names, known, None, seed) for seed in seeds]
    claimed, true = ([measure(trainer, samples) for trainer in trainers] for samples in (val, new))
    return {
        "split": split.replace("_", " "),
        "val mean IoU": round(statistics.mean(claimed), 3),
        "on 64 new videos": round(statistics.mean(true), 3),
        "too high by": round(statistics.mean(claimed) - statistics.mean(true), 3),
        "seeds": [list(pair) for pair in zip(claimed, true, strict=True)],
    }


def write(name: str, rows: list[dict[str, Any]]) -> None:
    """Write a table and what it was made with."""
    about = f"{STEPS} steps of 8 images of 48 × 64, mean of seeds {SEEDS}, CPU, fp32"
    write_results(name, {"about": about, "rows": rows})


def main(wanted: list[str]) -> None:
    """Train for what is wanted, or for both."""
    names = lecture()
    if not wanted or "leak" in wanted:
        write("11_leak", [leak_row(names, split) for split in ("by_frame", "by_video")])
    if not wanted or "ablation" in wanted:
        rows = []
        for setting in names["settings"]:
            rows.append(row(names, setting))
            print(rows[-1], flush=True)
        write("11_augmentation", rows)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(sys.argv[1:])
