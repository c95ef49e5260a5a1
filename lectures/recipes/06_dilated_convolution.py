"""Make what lecture 06 loads, with the lecture's own code: a strided network, and the table of four backbones.

python lectures/recipes/06_dilated_convolution.py            # both: about 3 minutes of one CPU core
python lectures/recipes/06_dilated_convolution.py weights    # data/weights/strided_scenes.safetensors
python lectures/recipes/06_dilated_convolution.py ablation   # data/results/06_ablation.json
python lectures/recipes/06_dilated_convolution.py longer     # data/results/06_longer.json: 800 steps, 9 minutes
python lectures/recipes/06_dilated_convolution.py camvid ROOT   # data/results/06_camvid.json: streets in ROOT
python lectures/recipes/06_dilated_convolution.py blocks ROOT   # data/results/06_blocks.json: seconds, no training
"""

import functools
import statistics
import sys
from pathlib import Path
from typing import Any

import torch
from torch import nn

import segedu as se
from segedu.course.lecture_code import over_seeds, run, write_results
from segedu.training.weights import save_weights

DATA = Path(__file__).resolve().parents[2] / "data"
SEEDS = (0, 1, 2)
STEPS, LONGER, LONG = 200, 800, 600  # of the ablation, of its long table, of the weights


def lecture(**parameters: Any) -> dict[str, Any]:
    """Return the names that the lecture defines for its training: data, `trained`, `score`, `settings`, …"""
    before, after = ("data", "network"), ("training", "score")
    return run("06", *before, *after, "settings", **{"steps": STEPS, **parameters})


def measure(names: dict[str, Any], setting: str, seed: int) -> dict[str, float]:
    """Train one setting on the CPU and return its scores on the validation scenes."""
    trainer = names["trained"](**names["settings"][setting], seed=seed, device="cpu", progress=False)
    return names["score"](trainer.evaluate(names["val"]))


def row(names: dict[str, Any], setting: str) -> dict[str, Any]:
    """Train one setting with every seed; return means, spreads and costs as a row of the table."""
    runs = [measure(names, setting, seed) for seed in SEEDS]
    return {
        "setting": setting,
        **{name: round(statistics.mean(run[name] for run in runs), 3) for name in runs[0]},
        **{f"± {name}": round(statistics.stdev(run[name] for run in runs), 3) for name in runs[0]},
        **costs(names, setting),
    }


def costs(names: dict[str, Any], setting: str) -> dict[str, Any]:
    """Return what a setting's network costs, head and upsampling included, and what a cell of its map sees."""
    features, shape = backbone_of(names, setting), (1, 3, 96, 128)
    field = se.receptive_field(features)
    network = names["segmenter"](features, field.jump[0])
    return {
        "field of a cell": field.size[0],
        "parameters": se.count_parameters(network),
        "MACs": se.count_macs(network, shape),
        "outputs (MB)": round(se.ops.activation_memory(network, shape) / 1e6, 2),
    }


def backbone_of(names: dict[str, Any], setting: str) -> nn.Module:
    """Return the backbone of a setting, untrained."""
    options = names["settings"][setting]
    if not options.get("dilate", True):
        return names["without_strides"]()
    return se.ops.strided_to_dilated(names["backbone"](), options["output_stride"])


def ablation() -> None:
    """Train every setting with every seed and write the table."""
    names, rows = lecture(), []
    for setting in names["settings"]:
        rows.append(row(names, setting))
        print(rows[-1], flush=True)
    about = f"{STEPS} steps of 8 scenes of 96 × 128, mean and deviation of seeds {SEEDS}, CPU, fp32"
    write_results("06_ablation", {"about": about, "rows": rows})


def longer() -> None:
    """Train every setting with four times the steps and write the table."""
    names = lecture(steps=LONGER)
    about = f"{LONGER} steps of 8 scenes of 96 × 128, mean of seeds {SEEDS}, CPU, fp32"
    write_results("06_longer", {"about": about, "rows": long_rows(names)})


def long_rows(names: dict[str, Any]) -> list[dict[str, Any]]:
    """Train every setting with every seed; return the rows of a table with each seed's scores."""
    rows = []
    for setting in names["settings"]:
        measured = over_seeds(functools.partial(measure, names, setting))
        rows.append({"setting": setting, **measured, **costs(names, setting)})
        print(rows[-1], flush=True)
    return rows


def camvid(root: str | None = None) -> None:
    """Train every setting on real streets and write the table, with the baseline that says one class everywhere."""
    names = lecture(dataset="camvid", root=root, steps=LONGER)
    images = f"{len(names['train'])} training and {len(names['val'])} validation images of 96 × 128"
    about = f"CamVid, {images}, {LONGER} steps of 8, mean of seeds {SEEDS}, CPU, fp32"
    write_results("06_camvid", {"about": about, "rows": [constant(names), *long_rows(names)]})


def constant(names: dict[str, Any]) -> dict[str, Any]:
    """Return the scores of the class with the most training pixels, everywhere."""
    labels = torch.stack([sample["label_map"].as_subclass(torch.Tensor) for sample in names["train"]])
    most = int(labels[labels < len(names["classes"])].bincount().argmax())
    matrix = se.ConfusionMatrix(len(names["classes"]))
    for sample in names["val"]:
        matrix.update(torch.full_like(sample["label_map"], most), sample["label_map"])
    scores = {name: round(value, 3) for name, value in names["score"](matrix).items()}
    return {"setting": f"all {names['classes'][most]}", **scores, "seconds": 0, "seeds": {}}


def blocks(root: str | None = None) -> None:
    """Write what of real streets' labels is left if each cell of a map at some output stride has one of them."""
    in_blocks = run("06", ("figure-goal-photo", "in_blocks"))["in_blocks"]
    streets = se.load_dataset("camvid", "val", size=(352, 480), root=root)
    labels = [streets[index]["label_map"].as_subclass(torch.Tensor) for index in range(len(streets))]
    rows = []
    for stride in (4, 8, 16, 32):
        matrix = se.ConfusionMatrix(len(streets.classes))
        for label_map in labels:
            answer = in_blocks(label_map, stride)
            is_void = answer == streets.ignore_index
            matrix.update(answer.masked_fill(is_void, 0), label_map.masked_fill(is_void, streets.ignore_index))
        iou = dict(zip(streets.classes, matrix.iou().tolist(), strict=True))
        kept = {f"{name} IoU": round(iou[name], 3) for name in ("pole", "sign", "pedestrian", "road")}
        rows.append({"output stride": stride, **kept, "mean IoU": round(matrix.mean_iou(), 3)})
    about = f"labels of CamVid's {len(labels)} validation images at 352 × 480, one per cell, against all"
    write_results("06_blocks", {"about": about, "rows": rows})


def weights() -> None:
    """Train the strided network for longer and write its weights and scores."""
    names = lecture(steps=LONG)
    trainer = names["trained"](16, device="cpu", progress=False)
    save_weights(trainer.model, DATA / "weights" / "strided_scenes.safetensors")
    scores = {name: round(value, 3) for name, value in names["score"](trainer.evaluate(names["val"])).items()}
    print(scores, flush=True)
    about = f"{LONG} steps of 8 scenes of 96 × 128, output stride 16, seed 0, CPU, fp32"
    write_results("06_weights", {"about": about, "strided_scenes": scores})


if __name__ == "__main__":
    torch.set_num_threads(1)
    parts = {"weights": weights, "ablation": ablation, "longer": longer}
    match sys.argv[1:]:
        case ["camvid", *root]:
            camvid(*root)
        case ["blocks", *root]:
            blocks(*root)
        case chosen:
            for part in chosen or ("weights", "ablation"):
                parts[part]()
