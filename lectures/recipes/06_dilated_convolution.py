"""Make what lecture 06 loads, with the lecture's own code: a strided network, and the table of four backbones.

python lectures/recipes/06_dilated_convolution.py            # both: about 3 minutes of one CPU core
python lectures/recipes/06_dilated_convolution.py weights    # data/weights/strided_scenes.safetensors
python lectures/recipes/06_dilated_convolution.py ablation   # data/results/06_ablation.json
"""

import ast
import json
import statistics
import sys
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

import segedu as se
from segedu.course.build.source import find_lectures, read
from segedu.training.weights import save_weights

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"
SEEDS = (0, 1, 2)
STEPS, LONG = 200, 600  # of the ablation, of the weights
PARAMETERS = {"dataset": "scenes", "root": None, "size": (96, 128), "steps": STEPS, "train_anew": False}


def lecture(**parameters: Any) -> dict[str, Any]:
    """Return the names that the lecture defines for its training: data, `trained`, `score`, `settings`, …"""
    names = {"torch": torch, "nn": nn, "F": F, "se": se, **PARAMETERS, **parameters}
    cells = {cell.metadata.get("name"): cell.source for cell in read(find_lectures(ROOT, ["06"])[0]).cells}
    for cell in ("data", "network"):
        exec(cells[cell], names)
    exec(ast.unparse(definition(cells["dilemma"], "without_strides")), names)
    for cell in ("training", "score"):
        exec(cells[cell], names)
    exec(ast.unparse(definition(cells["figure-ablation"], "settings")), names)
    return names


def definition(source: str, name: str) -> ast.stmt:
    """Return the statement of a cell that defines a function or a constant, without what the cell computes."""
    for statement in ast.parse(source).body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement]
        if any(getattr(target, "id", getattr(target, "name", None)) == name for target in targets):
            return statement
    raise ValueError(f"The lecture's cell defines no {name!r}; it was renamed, so rename it here too.")


def measure(names: dict[str, Any], setting: str, seed: int) -> dict[str, float]:
    """Train one setting on the CPU and return its scores on the validation scenes."""
    run = names["trained"](**names["settings"][setting], seed=seed, device="cpu", progress=False)
    return names["score"](run.evaluate(names["val"]))


def row(names: dict[str, Any], setting: str) -> dict[str, Any]:
    """Train one setting with every seed; return means, spreads and costs as a row of the table."""
    runs = [measure(names, setting, seed) for seed in SEEDS]
    features = backbone_of(names, setting)
    shape = (1, 3, 96, 128)
    return {
        "setting": setting,
        "field": se.receptive_field(features).size[0],
        **{name: round(statistics.mean(run[name] for run in runs), 3) for name in runs[0]},
        **{f"± {name}": round(statistics.stdev(run[name] for run in runs), 3) for name in runs[0]},
        "parameters": se.count_parameters(features),
        "MACs": se.count_macs(features, shape),
        "activations (MB)": round(se.activation_memory(features, shape) / 1e6, 2),
    }


def backbone_of(names: dict[str, Any], setting: str) -> nn.Module:
    """Return the backbone of a setting, untrained."""
    options = names["settings"][setting]
    if not options.get("dilate", True):
        return names["without_strides"]()
    return se.strided_to_dilated(names["backbone"](), options["output_stride"])


def ablation() -> None:
    """Train every setting with every seed and write the table."""
    names, rows = lecture(), []
    for setting in names["settings"]:
        rows.append(row(names, setting))
        print(rows[-1], flush=True)
    about = f"{STEPS} steps of 8 scenes of 96 × 128, mean and deviation of seeds {SEEDS}, CPU, fp32"
    write(DATA / "results" / "06_ablation.json", {"about": about, "rows": rows})


def weights() -> None:
    """Train the strided network for longer and write its weights and scores."""
    names = lecture(steps=LONG)
    run = names["trained"](16, device="cpu", progress=False)
    save_weights(run.model, DATA / "weights" / "strided_scenes.safetensors")
    scores = {name: round(value, 3) for name, value in names["score"](run.evaluate(names["val"])).items()}
    print(scores, flush=True)
    about = f"{LONG} steps of 8 scenes of 96 × 128, output stride 16, seed 0, CPU, fp32"
    write(DATA / "results" / "06_weights.json", {"about": about, "strided_scenes": scores})


def write(path: Path, content: dict[str, Any]) -> None:
    """Write a table of results."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    torch.set_num_threads(1)
    parts = {"weights": weights, "ablation": ablation}
    for part in sys.argv[1:] or parts:
        parts[part]()
