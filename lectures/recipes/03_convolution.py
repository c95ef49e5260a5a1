"""Make the table that lecture 03 loads: five heads, three seeds each, with the lecture's own code.

python lectures/recipes/03_convolution.py         # data/results/03_ablation.json, about 2 minutes on a CPU
"""

import statistics
from typing import Any

import segedu as se
from segedu.course.lecture_code import run, write_results

SEEDS = (0, 1, 2)
STEPS = 250


def lecture(**parameters: Any) -> dict[str, Any]:
    """Return the names that the lecture defines for its training: data, `trained`, `score`, `heads`, …"""
    parts = "data", "network", "training", ("far", "far"), ("score", "score"), ("figure-ablation", "heads")
    return run("03", *parts, **{"steps": STEPS, **parameters})


def measure(names: dict[str, Any], head: Any, seed: int) -> dict[str, float]:
    """Train one head on the CPU and return its scores on the validation scenes."""
    trainer = names["trained"](head, seed=seed, device="cpu", progress=False)
    return names["score"](trainer.evaluate(names["val"]))


def row(names: dict[str, Any], title: str) -> dict[str, Any]:
    """Train one head with every seed; return mean, spread and costs as a row of the table."""
    head = names["heads"][title]
    runs = [measure(names, head, seed) for seed in SEEDS]
    network = names["network"](*head)
    accuracies = [run["look-alike accuracy"] for run in runs]
    return {
        "head": title,
        "field": se.receptive_field(network[:-1]).size[0],
        "look-alike accuracy": round(statistics.mean(accuracies), 3),
        "±": round(statistics.stdev(accuracies), 3),
        "mean IoU": round(statistics.mean(run["mean IoU"] for run in runs), 3),
        "parameters": se.count_parameters(network),
        "MACs": se.count_macs(network, (1, 3, 96, 128)),
    }


def main() -> None:
    """Train everything and write the table."""
    names, rows = lecture(), []
    for title in names["heads"]:
        rows.append(row(names, title))
        print(rows[-1], flush=True)
    about = f"{STEPS} steps of 8 scenes of 96 × 128, mean and deviation of seeds {SEEDS}, CPU, fp32"
    write_results("03_ablation", {"about": about, "rows": rows})


if __name__ == "__main__":
    main()
