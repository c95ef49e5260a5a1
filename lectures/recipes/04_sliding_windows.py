"""Make what lecture 04 loads, with the lecture's own code: three window classifiers, trained densely.

    python lectures/recipes/04_sliding_windows.py          # data/results/04_windows.json, data/weights/window_*
    python lectures/recipes/04_sliding_windows.py FOLDER   # on CamVid: data/results/04_camvid.json

About 10 minutes each on one CPU core. Expected at the end: look-alike accuracy rises with the window in every seed.
"""

import functools
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

import segedu as se
from segedu.course.lecture_code import over_seeds, run, write_results
from segedu.training.weights import save_weights

DATA = Path(__file__).resolve().parents[2] / "data"
TRAIN, VAL, STEPS, BATCH, LR, SEEDS = 320, 48, 500, 8, 5e-3, (0, 1, 2)
STREETS = 300  # steps on CamVid

Samples = list[dict[str, Any]]


@functools.cache
def lecture() -> dict[str, Any]:
    """Return the names that the lecture defines: scenes, `window_net`, `densely`, `class_weights`, …"""
    return run("04", "scenes", "networks", "look-alikes", "class-weights")


def samples(split: str, length: int) -> Samples:
    """Return the first scenes of a split, kept in memory."""
    return [lecture()["scenes"][split][index] for index in range(length)]


def train(window: int, seed: int, train_set: Samples, classes: Sequence[str] | None = None, steps: int = STEPS) -> Any:
    """Train one window size densely, on the CPU; without classes, for those of the scenes."""
    names = lecture()
    pair = (names["boulder"], names["pyramid"]) if classes is None else ()
    number = len(classes or names["classes"])
    with se.seeded(seed):
        network = names["densely"](names["window_net"](window, number), window)
    loss = se.CrossEntropy(names["class_weights"](train_set, number, pair))
    options: dict[str, Any] = {"steps": steps, "batch": BATCH, "lr": LR, "seed": seed, "device": "cpu"}
    return se.fit(network, train_set, loss=loss, progress=False, **options)


def scores(network: nn.Module, val_set: Samples) -> dict[str, float]:
    """Return look-alike accuracy, on all their pixels and inside, and mean IoU."""
    predict = functools.partial(se.predict, network, logits=True)
    accuracy = functools.partial(lecture()["look_alike_accuracy"], predict, val_set)
    matrix = se.ConfusionMatrix(len(lecture()["classes"]))
    for sample in val_set:
        matrix.update(se.predict(network, sample["image"]), sample["label_map"])
    return {
        "look-alikes": round(accuracy(), 4),
        "look-alikes inside": round(accuracy(inside=True), 4),
        "mean IoU": round(matrix.mean_iou(), 4),
    }


def scenes() -> None:
    """Train every window with every seed, keep seed 0's weights, write each run's scores."""
    train_set, val_set = samples("train", TRAIN), samples("val", VAL)
    about = f"{STEPS} steps of {BATCH}, {TRAIN} scenes of 64 × 96, {VAL} validation scenes, CPU, fp32"
    runs = []
    for seed in SEEDS:
        for window in lecture()["dilations"]:
            network = train(window, seed, train_set).model
            runs.append({"window": window, "seed": seed, **scores(network, val_set)})
            print(runs[-1], flush=True)
            if seed == SEEDS[0]:
                save_weights(network, DATA / "weights" / f"window_{window}.safetensors")
            write_results("04_windows", {"about": about, "runs": runs})


def camvid(root: str) -> None:
    """Train every window on CamVid with every seed; write mean IoU and accuracy beside the most frequent class."""
    sets = {split: se.load_dataset("camvid", split, size=(64, 96), root=root) for split in ("train", "val")}
    classes = sets["train"].classes
    train_set, val_set = list(sets["train"]), list(sets["val"])
    labels = torch.cat([sample["label_map"].flatten() for sample in train_set])
    most = int(labels[labels != sets["train"].ignore_index].bincount().argmax())
    constant = se.ConfusionMatrix(len(classes))
    for sample in val_set:
        constant.update(torch.full_like(sample["label_map"], most), sample["label_map"])

    def measure(window: int, seed: int) -> dict[str, float]:
        matrix = train(window, seed, train_set, classes, STREETS).evaluate(val_set)
        return {"mean IoU": matrix.mean_iou(), "accuracy": matrix.pixel_accuracy()}

    rows: list[dict[str, Any]] = [
        {
            "model": f"{classes[most]} everywhere",
            "mean IoU": round(constant.mean_iou(), 3),
            "accuracy": round(constant.pixel_accuracy(), 3),
            "seconds": 0,
            "seeds": {},
        }
    ]
    for window in lecture()["dilations"]:
        rows.append({"model": f"window {window}", **over_seeds(functools.partial(measure, window), SEEDS)})
        print(rows[-1], flush=True)
    images = f"{len(train_set)} training and {len(val_set)} validation images of 64 × 96"
    about = f"CamVid, {images}, {STREETS} steps of {BATCH}, mean of seeds {SEEDS}, CPU, fp32"
    write_results("04_camvid", {"about": about, "rows": rows})


if __name__ == "__main__":
    torch.set_num_threads(1)
    if sys.argv[1:]:
        camvid(sys.argv[1])
    else:
        scenes()
