"""Make what lecture 05 loads, with the lecture's own code: its ablation (three seeds) and three small networks.

python lectures/recipes/05_full_resolution.py     # data/results/05_ablation.json, data/weights/05_*.safetensors

About 6 minutes on one CPU core. Expected: of the networks with equal MACs the coarser ones see further and reach the
higher mean IoU, with every seed; the one that goes down and comes up is ahead of all.
"""

import statistics
from pathlib import Path
from typing import Any

import torch
from torch import nn

import segedu as se
from segedu.course.lecture_code import run, write_results
from segedu.training.weights import save_weights

ROOT = Path(__file__).resolve().parents[2]
SEEDS, STEPS = (0, 1, 2), 300
SHIPPED = {"full": "05_full", "down: two": "05_down", "down and up": "05_down_and_up"}  # setting → weights of seed 0


def lecture() -> dict[str, Any]:
    """Return the names that the lecture defines for its experiment: `train`, `val`, `settings`, `score`, …"""
    return run("05", "data", "down-and-up", "settings", "score")


def train(names: dict[str, Any], setting: str, seed: int, steps: int = STEPS) -> se.Trainer:
    """Train one network on the CPU; the seed decides its first weights and the order of the images."""
    with se.seeded(seed):
        model = names["settings"][setting]()
    return se.fit(model, names["train"], steps=steps, lr=1e-2, seed=seed, device="cpu", progress=False)


def row(names: dict[str, Any], setting: str) -> dict[str, Any]:
    """Train one network with every seed; return means, spread, each seed's mean IoU and the costs."""
    runs = []
    for seed in SEEDS:
        trainer = train(names, setting, seed)
        runs.append(names["score"](trainer.evaluate(names["val"])))
        if seed == SEEDS[0] and setting in SHIPPED:
            save_weights(trainer.model, ROOT / "data" / "weights" / f"{SHIPPED[setting]}.safetensors")
    network, shape = names["settings"][setting](), names["shape"]
    means = {key: round(statistics.mean(run[key] for run in runs), 3) for key in runs[0]}
    return {
        "network": setting,
        **means,
        "±": round(statistics.stdev(run["mean IoU"] for run in runs), 3),
        "seeds": [round(run["mean IoU"], 3) for run in runs],
        "field": field(network, shape),
        "parameters": se.count_parameters(network),
        "MACs": se.count_macs(network, shape),
        "bytes": se.ops.activation_memory(network, shape),
    }


def field(network: nn.Module, shape: tuple[int, int, int, int]) -> int:
    """Return the side of the field of the logits before any last upsampling, at the place where it is largest."""
    if isinstance(network, nn.Sequential):
        return int(se.receptive_field(network[:-1]).size[0])
    places = range(80, 84)  # all places inside of a coarse cell
    return max(max(se.ops.measured_receptive_field(network, (1, 3, 160, 160), (p, p)).size) for p in places)


def main() -> None:
    """Train everything and write table and weights."""
    names, rows = lecture(), []
    for setting in names["settings"]:
        rows.append(row(names, setting))
        print(rows[-1], flush=True)
    height, width = names["shape"][2:]
    about = f"{STEPS} steps of 8 scenes of {height} × {width}, mean and deviation of seeds {SEEDS}, CPU, fp32"
    write_results("05_ablation", {"about": about, "rows": rows})


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
