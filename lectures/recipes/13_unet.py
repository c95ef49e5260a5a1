"""Make what lecture 13 loads: the table of its ablation (three seeds) and two small trained networks.

python lectures/recipes/13_unet.py                # all three: about 20 minutes on one CPU core
python lectures/recipes/13_unet.py ablation       # data/results/13_ablation.json
python lectures/recipes/13_unet.py longer         # data/results/13_longer.json: four rows, 1,200 steps, 40 minutes
python lectures/recipes/13_unet.py real           # data/results/13_real.json: membranes and nuclei, about 5 minutes
python lectures/recipes/13_unet.py nested         # data/results/13_nested.json: U-Net++ cut at each head, one minute
python lectures/recipes/13_unet.py weights        # data/weights/unet_scenes.safetensors, unet_scenes_blind.…
"""

import functools
import statistics
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import segedu as se
from segedu.course.lecture_code import over_seeds, run, write_results
from segedu.training.weights import save_weights

DATA = Path(__file__).resolve().parents[2] / "data"
SIZE, DIALS = (64, 96), {"thin": 2.0, "thin_width": 2.0}
STEPS, BATCH, LR, SEEDS = 300, 8, 5e-3, (0, 1, 2)
LONG, LONGER = 1500, 1200  # steps of the weights, of the long table
TRAINED_LONGER = "U-Net", "no skips", "skips added", "depth 2"
SHORT, REAL = 120, {"isbi": "membrane", "dsb2018": "nucleus"}  # steps on real images; data set → the class in the table
NESTED, NESTED_STEPS, HEAD_SCORES = (48, 64), 250, ("mean IoU", "thin IoU")
NETWORK: dict[str, Any] = {"num_classes": 10, "width": 8, "depth": 4}


class AddingUNet(se.UNet):
    """A U-Net that adds the copies; build it with skips=False, so that its convolutions expect one copy's channels."""

    def _join(self, copy: Tensor, features: Tensor) -> Tensor:
        return copy + features[..., : copy.shape[-2], : copy.shape[-1]]


SETTINGS: dict[str, tuple[type[se.UNet], dict[str, Any]]] = {
    "U-Net": (se.UNet, {}),
    "no skips": (se.UNet, {"skips": False}),
    "skips added": (AddingUNet, {"skips": False}),
    "bilinear up": (se.UNet, {"up": "bilinear"}),
    "depth 2": (se.UNet, {"depth": 2}),
    "group norm": (se.UNet, {"norm": "group"}),
}


def samples(split: str, length: int) -> list:
    """Return the first scenes of a split, kept in memory."""
    scenes = se.load_dataset("scenes", split, size=SIZE, length=length, **DIALS)
    return [scenes[index] for index in range(length)]


def build(name: str, seed: int) -> se.UNet:
    """Return the network of a setting with random weights that depend on the seed alone."""
    kind, options = SETTINGS[name]
    with se.seeded(seed):
        return kind(**NETWORK | options)


def train(name: str, seed: int, steps: int, train_set: list) -> se.Trainer:
    """Train one setting on the CPU."""
    options: dict[str, Any] = {"steps": steps, "batch": BATCH, "lr": LR, "seed": seed, "device": "cpu"}
    return se.fit(build(name, seed), train_set, progress=False, **options)


def scores(trainer: se.Trainer, val_set: list) -> dict[str, float]:
    """Return mean IoU, boundary F1 at one pixel, and the IoU of the thin class, the poles."""
    boundary = se.BoundaryF1(NETWORK["num_classes"], tolerance=1)
    for sample in val_set:
        boundary.update(se.predict(trainer.model, sample["image"]), sample["label_map"].as_subclass(Tensor))
    matrix = trainer.evaluate(val_set)
    pole = float(matrix.iou()[se.Scenes.thin_class])
    return {"mean IoU": matrix.mean_iou(), "boundary F1": boundary.mean_f1(), "thin IoU": pole}


def costs(name: str) -> dict[str, int]:
    """Return parameters, MACs for one image, and the side of the receptive field in pixels."""
    network = build(name, 0)
    side = 320  # larger than every field here
    places = range(side // 2, side // 2 + 16)  # the field depends on the place inside a cell of the bottom
    fields = [se.ops.measured_receptive_field(network, (1, 3, side, side), (place, place)).size for place in places]
    shape = (1, 3, *SIZE)
    return {
        "parameters": se.count_parameters(network),
        "MACs": se.count_macs(network, shape),
        "receptive field": max(map(max, fields)),
    }


def ablation() -> None:
    """Train every setting with every seed and write means and spreads."""
    train_set, val_set = samples("train", 256), samples("val", 64)
    rows = []
    for name in SETTINGS:
        runs = [scores(train(name, seed, STEPS, train_set), val_set) for seed in SEEDS]
        means = {key: round(statistics.mean(run[key] for run in runs), 4) for key in runs[0]}
        spreads = {f"± {key}": round(statistics.stdev(run[key] for run in runs), 4) for key in runs[0]}
        rows.append({"setting": name, **means, **spreads, **costs(name)})
        print(rows[-1], flush=True)
    about = f"{STEPS} steps of {BATCH} scenes of {SIZE[0]}×{SIZE[1]}, mean over seeds {SEEDS}, CPU, fp32"
    write_results("13_ablation", {"about": about, "steps": STEPS, "rows": rows})


def longer() -> None:
    """Train four settings with four times the steps and write means and each seed's scores."""
    train_set, val_set = samples("train", 256), samples("val", 64)
    rows = []
    for name in TRAINED_LONGER:
        measured = over_seeds(functools.partial(trained_scores, name, train_set, val_set), SEEDS, 4)
        rows.append({"setting": name, **measured, **costs(name)})
        print(rows[-1], flush=True)
    about = f"{LONGER:,} steps of {BATCH} scenes of {SIZE[0]} × {SIZE[1]}, mean of seeds {SEEDS}, CPU, fp32"
    write_results("13_longer", {"about": about, "steps": LONGER, "rows": rows})


def trained_scores(name: str, train_set: list, val_set: list, seed: int) -> dict[str, float]:
    """Train one setting long and return its scores."""
    return scores(train(name, seed, LONGER, train_set), val_set)


def lab(dataset: str, root: str | None) -> dict[str, Any]:
    """Return the names of the lecture's lab for a data set: `train`, `val`, `classes`, `score`, the `usual` map, …"""
    return run("13", "lab-data", dataset=dataset, root=root)


def real(root: str | None = None) -> None:
    """Train the U-Net with and without skips on real images, in the lecture's lab, and write means and spreads."""
    rows = []
    for dataset, thin in REAL.items():
        names = lab(dataset, root)
        rows.append({"data": names["data"].name, **real_row("most frequent class at this place", names, thin, [])})
        for name in ("no skips", "U-Net"):
            rows.append({"data": names["data"].name, **real_row(name, names, thin, SEEDS)})
            print(rows[-1], flush=True)
    about = f"{SHORT} steps of {BATCH} images of 128×128, mean over seeds {SEEDS}, ± deviation, CPU, fp32"
    write_results("13_real", {"about": about, "rows": rows})


def real_row(name: str, names: dict[str, Any], thin: str, seeds: tuple[int, ...] | list[int]) -> dict[str, Any]:
    """Return the scores on the validation images of a data set, of a network or (no seeds) of the lab's baseline."""
    runs = [names["score"]([names["usual"]] * len(names["val"]))] if not seeds else []
    for seed in seeds:
        with se.seeded(seed):
            network = se.UNet(3, len(names["classes"]), width=8, depth=4, skips=name != "no skips")
        options: dict[str, Any] = {"steps": SHORT, "batch": BATCH, "lr": LR, "seed": seed, "device": "cpu"}
        se.fit(network, names["train"], progress=False, **options)
        runs.append(names["score"]([se.predict(network, sample["image"]) for sample in names["val"]]))
    means = {key: round(statistics.mean(run[key] for run in runs), 3) for key in runs[0]}
    spread = round(statistics.stdev(run["mean IoU"] for run in runs), 3) if seeds else None
    return {"network": name, "class": thin, "mean IoU": means["mean IoU"], "±": spread} | {
        "IoU of the class": means["thin IoU"],
        "boundary F1": means["boundary F1"],
    }


def nested() -> None:
    """Train a U-Net++ with deep supervision, cut it at each of its heads, and write means and each seed's scores."""
    parts = {
        split: se.load_dataset("scenes", split, size=NESTED, thin=3.0, thin_width=3.0) for split in ("train", "val")
    }
    train_set, val_set = (
        [part[index] for index in range(n)] for part, n in zip(parts.values(), (128, 64), strict=True)
    )
    measured = over_seeds(functools.partial(scores_of_heads, train_set, val_set), SEEDS, 4)
    heads = nested_network(0)
    rows = []
    for depth in (3, 2, 1):
        part = heads.pruned(depth)
        row: dict[str, Any] = {"cut at depth": depth, "parameters": se.count_parameters(part)}
        row |= {"MACs": se.count_macs(part, (1, 3, *NESTED))}
        rows.append(row | {name: measured[f"{name} {depth}"] for name in HEAD_SCORES})
        rows[-1]["seconds"] = measured["seconds"]  # of processor time, to train and score all heads
        rows[-1]["seeds"] = {name: measured["seeds"][f"{name} {depth}"] for name in HEAD_SCORES}
        print(rows[-1], flush=True)
    about = f"{NESTED_STEPS} steps of {BATCH} scenes of {NESTED[0]} × {NESTED[1]}, mean of seeds {SEEDS}, CPU, fp32"
    about += "; one training for all cuts, seconds of processor time"
    write_results("13_nested", {"about": about, "rows": rows})


def nested_network(seed: int) -> se.models.UNetPlusPlus:
    """Return a U-Net++ with a head at each node of the finest level."""
    with se.seeded(seed):
        return se.models.UNetPlusPlus(3, 10, width=8, depth=3, supervised=True)


def scores_of_heads(train_set: list, val_set: list, seed: int) -> dict[str, float]:
    """Return the scores of the network cut at each depth after one training."""
    network = nested_network(seed)
    options: dict[str, Any] = {"steps": NESTED_STEPS, "batch": BATCH, "lr": 1e-2, "seed": seed, "device": "cpu"}
    se.fit(network, train_set, task=se.Semantic(weights=network.loss_weights), progress=False, **options)
    result = {}
    for depth in (1, 2, 3):
        matrix = se.ConfusionMatrix(10)
        for sample in val_set:
            matrix.update(se.predict(network.pruned(depth), sample["image"]), sample["label_map"])
        result[f"mean IoU {depth}"] = matrix.mean_iou()
        result[f"thin IoU {depth}"] = float(matrix.iou()[se.Scenes.thin_class])
    return result


def weights() -> None:
    """Train the U-Net and its blind twin for longer and write their weights."""
    train_set, val_set = samples("train", 512), samples("val", 64)
    found = {"about": f"{LONG} steps of {BATCH} scenes of {SIZE[0]}×{SIZE[1]}, seed 0, CPU, fp32"}
    for name, file in (("U-Net", "unet_scenes"), ("no skips", "unet_scenes_blind")):
        trainer = train(name, 0, LONG, train_set)
        save_weights(trainer.model, DATA / "weights" / f"{file}.safetensors")
        found[file] = {key: round(value, 4) for key, value in scores(trainer, val_set).items()}
        print(file, found[file], flush=True)
    write_results("13_weights", found)


if __name__ == "__main__":
    torch.set_num_threads(1)
    parts = {"weights": weights, "ablation": ablation, "real": real, "longer": longer, "nested": nested}
    for part in sys.argv[1:] or ("weights", "ablation", "real"):
        parts[part]()
