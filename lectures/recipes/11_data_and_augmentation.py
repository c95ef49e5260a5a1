"""Make the tables that lecture 11 loads, with the lecture's own data, network and settings.

Minutes are of one CPU core; CamVid is looked for in FOLDER, else where `segedu data fetch camvid` puts it.

python lectures/recipes/11_data_and_augmentation.py weights        # 12 s: data/weights/unet_32_scenes.safetensors
python lectures/recipes/11_data_and_augmentation.py ablation       # 6 min: data/results/11_augmentation.json
python lectures/recipes/11_data_and_augmentation.py leak           # 2 min: data/results/11_leak.json
python lectures/recipes/11_data_and_augmentation.py mirror         # 2 min: data/results/11_mirror.json
python lectures/recipes/11_data_and_augmentation.py camvid FOLDER  # 2 min: data/results/11_camvid.json
python lectures/recipes/11_data_and_augmentation.py longer         # 9 min: data/results/11_longer.json
python lectures/recipes/11_data_and_augmentation.py longer_camvid FOLDER  # 6 min: 11_longer_camvid.json
"""

import statistics
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch

import segedu as se
from segedu.course.lecture_code import run, write_results
from segedu.training.weights import save_weights

SEEDS = (0, 1, 2)
STEPS, LONG = 300, 1200
FEW = ("none", "flip, crop", "flip, zoom, crop")  # of the settings, for CamVid
LONGER = ("none", "flip, crop", "these, rotation, bending, blur, noise")
LONGER_CAMVID = ("none", "flip, crop")


def lecture(**parameters: Any) -> dict[str, Any]:
    """Return the names that the lecture defines for its trainings: `train`, `val`, `trained`, `settings`, …"""
    cells = ("data", "training", "videos", ("mirror", "with_mirror"), "settings")
    return run("11", *cells, **{"steps": STEPS, **parameters})


def train(names: dict[str, Any], samples: Any, transform: Any, seed: int) -> Any:
    """Train the lecture's network on the CPU and return the trainer."""
    return names["trained"](samples, transform, seed, device="cpu", progress=False)


def measure(trainer: Any, samples: Any) -> float:
    """Return the mean IoU over samples, rounded as it is stored."""
    return round(trainer.evaluate(samples).mean_iou(), 3)


# ---- the network of the goal ----


def weights() -> None:
    """Train without augmentation, as the goal does, and write the weights that it loads."""
    trainer = train(names := lecture(), names["train"], None, 0)
    print(measure(trainer, names["train"]), measure(trainer, names["val"]))
    save_weights(trainer.model, Path(__file__).parents[2] / "data" / "weights" / "unet_32_scenes.safetensors")


# ---- augmentations ----


def row(names: dict[str, Any], setting: str, seeds: tuple[int, ...] = SEEDS) -> dict[str, Any]:
    """Train with one augmentation and every seed; return means, the spread and each seed's score."""
    trainers = [train(names, names["train"], names["settings"][setting], seed) for seed in seeds]
    known, new = ([measure(trainer, names[split]) for trainer in trainers] for split in ("train", "val"))
    return row_of(setting, names["steps"], known, new)


def row_of(setting: str, steps: int, known: list[float], new: list[float]) -> dict[str, Any]:
    """Return a row of the table from each seed's scores on the training and on the validation images."""
    return {
        "augmentation": setting,
        "steps": steps,
        "train mean IoU": round(statistics.mean(known), 3),
        "val mean IoU": round(statistics.mean(new), 3),
        "±": round(statistics.stdev(new), 3),
        "gap": round(statistics.mean(known) - statistics.mean(new), 3),
        "seeds": new,
    }


def rows_of(names: dict[str, Any], settings: Iterable[str]) -> list[dict[str, Any]]:
    """Train with each of some augmentations; print each row as soon as it is there."""
    rows = []
    for setting in settings:
        rows.append(row(names, setting))
        print(rows[-1], flush=True)
    return rows


def ablation() -> None:
    """Write the table of all augmentations."""
    names = lecture()
    write("11_augmentation", rows_of(names, names["settings"]), "32 scenes")


def longer() -> None:
    """Write the table of some augmentations with four times the steps."""
    write("11_longer", rows_of(lecture(steps=LONG), LONGER), "32 scenes", LONG)


def camvid(folder: str | None = None) -> None:
    """Write the table of some augmentations on frames of CamVid."""
    write("11_camvid", rows_of(lecture(dataset="camvid", root=folder), FEW), "32 frames of CamVid")


def longer_camvid(folder: str | None = None) -> None:
    """Write the table of some augmentations on frames of CamVid with four times the steps."""
    names = lecture(dataset="camvid", root=folder, steps=LONG)
    write("11_longer_camvid", rows_of(names, LONGER_CAMVID), "32 frames of CamVid", LONG)


# ---- splits ----


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


def leak() -> None:
    """Write the table of two ways to split videos."""
    names = lecture()
    write("11_leak", [leak_row(names, split) for split in ("by_frame", "by_video")], "frames of 24 videos of scenes")


# ---- the mirror image at test time ----


def mirror_row(names: dict[str, Any], setting: str, seeds: tuple[int, ...] = SEEDS) -> dict[str, Any]:
    """Train with one augmentation; return the score of plain predictions and of those with the mirror image."""
    plain, mirrored = [], []
    for seed in seeds:
        trainer = train(names, names["train"], names["settings"][setting], seed)
        plain.append(measure(trainer, names["val"]))
        mirrored.append(mirrored_score(names, trainer.model))
    return {
        "trained with": setting,
        "plain": round(statistics.mean(plain), 3),
        "with mirror image": round(statistics.mean(mirrored), 3),
        "gain, per seed": ", ".join(f"{after - before:.3f}" for before, after in zip(plain, mirrored, strict=True)),
    }


def mirrored_score(names: dict[str, Any], model: Any) -> float:
    """Return the mean IoU over the validation images, each predicted with its mirror image."""
    matrix = se.ConfusionMatrix(len(names["classes"]))
    for sample in names["val"]:
        matrix.update(names["with_mirror"](model, sample["image"]), sample["label_map"])
    return round(matrix.mean_iou(), 3)


def mirror() -> None:
    """Write the table of predictions with and without the mirror image."""
    names = lecture()
    write("11_mirror", [mirror_row(names, setting) for setting in ("none", "flip, crop")], "32 scenes")


def write(name: str, rows: list[dict[str, Any]], data: str, steps: int = STEPS) -> None:
    """Write a table and what it was made with."""
    about = f"{data}: {steps:,} steps of 8 images of 48 × 64, seeds {', '.join(map(str, SEEDS))}, CPU, fp32"
    write_results(name, {"about": about, "rows": rows})


if __name__ == "__main__":
    torch.set_num_threads(1)
    tables = {each.__name__: each for each in (weights, ablation, leak, mirror, camvid, longer, longer_camvid)}
    table, *folder = sys.argv[1:] or ["ablation"]
    tables[table](*folder)
