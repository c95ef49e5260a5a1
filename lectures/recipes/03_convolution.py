"""Make the tables that lecture 03 loads, with the lecture's own code and three seeds each.

python lectures/recipes/03_convolution.py          # five heads on scenes: data/results/03_ablation.json, 5 minutes
python lectures/recipes/03_convolution.py longer   # four times the steps: data/results/03_longer.json, 20 minutes
python lectures/recipes/03_convolution.py FOLDER   # near and far on CamVid: data/results/03_camvid.json, 5 minutes
"""

import functools
import statistics
import sys
from typing import Any

import torch

import segedu as se
from segedu.course.lecture_code import over_seeds, run, write_results

SEEDS = (0, 1, 2)
STEPS, LONG = 250, 1000


def lecture(**parameters: Any) -> dict[str, Any]:
    """Return the names that the lecture defines for its training: data, `trained`, `score`, `heads`, …"""
    parts = "data", "network", ("far", "far"), ("score", "score", "constant", "field"), ("figure-ablation", "heads")
    return run("03", *parts, **{"steps": STEPS, **parameters})


def measure(names: dict[str, Any], head: Any, seed: int) -> dict[str, float]:
    """Train one head on the CPU and return its scores on the validation scenes."""
    trainer = names["trained"](head, seed=seed, device="cpu", progress=False)
    return names["score"](trainer.evaluate(names["val"]))


def row(names: dict[str, Any], title: str, head: Any) -> dict[str, Any]:
    """Train one head with every seed; return mean, spread and costs as a row of a table."""
    runs = [measure(names, head, seed) for seed in SEEDS]
    accuracies = [run["look-alike accuracy"] for run in runs]
    return {
        "head": title,
        "field": names["field"](names["network"](*head)),
        "look-alike accuracy": round(statistics.mean(accuracies), 3),
        "±": round(statistics.stdev(accuracies), 3),
        "mean IoU": round(statistics.mean(run["mean IoU"] for run in runs), 3),
        **costs(names["network"](*head)),
    }


def costs(network: Any) -> dict[str, int]:
    """Return what a network costs for one image."""
    return {"parameters": se.count_parameters(network), "MACs": se.count_macs(network, (1, 3, 96, 128))}


def scenes() -> None:
    """Train five heads on scenes and write the table of the ablation."""
    names, rows = lecture(), []
    for title, head in names["heads"].items():
        rows.append(row(names, title, head))
        print(rows[-1], flush=True)
    about = f"{STEPS} steps of 8 scenes of 96 × 128, mean and deviation of seeds {SEEDS}, CPU, fp32"
    write_results("03_ablation", {"about": about, "rows": rows})


def longer() -> None:
    """Train the five heads with four times the steps and write their table."""
    names, rows = lecture(steps=LONG), []
    for title, head in names["heads"].items():
        network = names["network"](*head)
        measured = over_seeds(functools.partial(measure, names, head))
        rows.append({"head": title, "field": names["field"](network), **measured, **costs(network)})
        print(rows[-1], flush=True)
    about = f"{LONG} steps of 8 scenes of 96 × 128, mean of seeds {SEEDS}, CPU, fp32"
    write_results("03_longer", {"about": about, "rows": rows})


def camvid(root: str) -> None:
    """Train near and far on CamVid and write their table, with the baseline that says road everywhere."""
    names = lecture(dataset="camvid", root=root)
    road = names["pair"][0]
    baseline = names["score"](names["constant"](road))
    rows: list[dict[str, Any]] = [
        {
            "head": f"all {names['classes'][road]}",
            "field": 0,
            "look-alike accuracy": round(baseline["look-alike accuracy"], 3),
            "±": None,
            "mean IoU": round(baseline["mean IoU"], 3),
            "parameters": 0,
            "MACs": 0,
        }
    ]
    for title in ("near", "far"):
        rows.append(row(names, title, names[title]))
        print(rows[-1], flush=True)
    images = f"{len(names['train'])} training and {len(names['val'])} validation images"
    about = f"CamVid, {images} of 96 × 128, {STEPS} steps of 8, mean and deviation of seeds {SEEDS}, CPU, fp32"
    write_results("03_camvid", {"about": about, "rows": rows})


if __name__ == "__main__":
    torch.set_num_threads(1)
    if sys.argv[1:] == ["longer"]:
        longer()
    elif sys.argv[1:]:
        camvid(sys.argv[1])
    else:
        scenes()
