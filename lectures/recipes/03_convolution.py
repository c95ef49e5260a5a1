"""Make the table that lecture 03 loads: five heads, three seeds each, with the lecture's own code.

python lectures/recipes/03_convolution.py         # data/results/03_ablation.json, about 2 minutes on a CPU
"""

import ast
import json
import statistics
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

import segedu as se
from segedu.course.build.source import find_lectures, read

ROOT = Path(__file__).resolve().parents[2]
SEEDS = (0, 1, 2)
PARAMETERS = {"dataset": "scenes", "root": None, "steps": 250, "train_anew": False}


def lecture(**parameters: Any) -> dict[str, Any]:
    """Return the names that the lecture defines for its training: data, `trained`, `score`, `heads`, …"""
    names = {"torch": torch, "nn": nn, "F": F, "se": se, **PARAMETERS, **parameters}
    cells = {cell.metadata.get("name"): cell.source for cell in read(find_lectures(ROOT, ["03"])[0]).cells}
    for cell in ("data", "network", "training"):
        exec(cells[cell], names)
    for cell, name in (("far", "far"), ("score", "score"), ("figure-ablation", "heads")):
        exec(ast.unparse(definition(cells[cell], name)), names)
    return names


def definition(source: str, name: str) -> ast.stmt:
    """Return the statement of a cell that defines a function or a constant, without what the cell computes."""
    for statement in ast.parse(source).body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement]
        if any(getattr(target, "id", getattr(target, "name", None)) == name for target in targets):
            return statement
    raise ValueError(f"The lecture's cell defines no {name!r}; it was renamed, so rename it here too.")


def measure(names: dict[str, Any], head: Any, seed: int) -> dict[str, float]:
    """Train one head on the CPU and return its scores on the validation scenes."""
    run = names["trained"](head, seed=seed, device="cpu", progress=False)
    return names["score"](run.evaluate(names["val"]))


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
    about = f"{PARAMETERS['steps']} steps of 8 scenes of 96 × 128, mean and deviation of seeds {SEEDS}, CPU, fp32"
    path = ROOT / "data" / "results" / "03_ablation.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"about": about, "rows": rows}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
