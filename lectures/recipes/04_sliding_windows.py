"""Make what lecture 04 loads: three window classifiers, trained densely, and the table of three seeds.

    python lectures/recipes/04_sliding_windows.py     # data/weights/window_*.safetensors, data/results/04_windows.json

About 10 minutes on one CPU core. Expected at the end: look-alike accuracy rises with the window in every seed.
"""

import statistics
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import segedu as se
from segedu.course.lecture_code import write_results
from segedu.training.weights import save_weights

DATA = Path(__file__).resolve().parents[2] / "data"
SIZE, DIALS = (64, 96), {"objects": (7, 10), "pair_share": 0.9, "scale_range": 1.2, "overlap": 0.0}
WIDTH, HIDDEN, CLASSES = 16, {5: 72, 11: 32, 25: 32}, 10  # HIDDEN makes up for the 1×1 kernels
DILATIONS = {5: (1, 0, 0, 0), 11: (1, 1, 1, 1), 25: (1, 2, 3, 5)}  # 0: a 1×1 convolution
TRAIN, VAL, STEPS, BATCH, LR, SEEDS = 320, 48, 500, 8, 5e-3, (0, 1, 2)


def window_net(window: int) -> nn.Sequential:
    """Return a classifier of crops (N, 3, window, window); all sizes have the same number of parameters, within 1%."""
    layers: list[nn.Module] = []
    for number, dilation in enumerate(DILATIONS[window]):
        side = 3 if dilation else 1
        conv = nn.Conv2d(WIDTH if number else 3, WIDTH, side, dilation=max(1, dilation))
        layers += [conv, nn.BatchNorm2d(WIDTH), nn.ReLU()]
    hidden = HIDDEN[window]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(WIDTH * 9, hidden), nn.ReLU(), nn.Linear(hidden, CLASSES))


def densely(net: nn.Sequential, window: int) -> nn.Sequential:
    """Return the same classifier as convolutions over a whole image (N, 3, H, W), padded so that H and W stay."""
    *features, _, first, relu, last = net
    assert isinstance(first, nn.Linear)
    assert isinstance(last, nn.Linear)
    head = (se.ops.linear_to_conv(first, WIDTH, 3), relu, se.ops.linear_to_conv(last, HIDDEN[window], 1))
    return nn.Sequential(nn.ReflectionPad2d(window // 2), *features, *head)


def samples(split: str, length: int) -> list[dict[str, Any]]:
    """Return the first scenes of a split, kept in memory."""
    scenes = se.load_dataset("scenes", split, size=SIZE, length=length, **DIALS)
    return [scenes[index] for index in range(length)]


def class_weights(train_set: list[dict[str, Any]]) -> Tensor:
    """Return 1/√frequency of each class, doubled for the look-alikes: what is rare counts."""
    counts = sum(torch.bincount(sample["label_map"].flatten(), minlength=CLASSES) for sample in train_set)
    weights = (counts.sum() / CLASSES / counts.clamp(min=1)).sqrt()
    weights /= weights.mean()
    weights[list(se.Scenes.look_alikes)] *= 2
    return weights


def train(window: int, seed: int, train_set: list[dict[str, Any]], steps: int = STEPS) -> nn.Module:
    """Train one window size densely, on the CPU."""
    with se.seeded(seed):
        network = densely(window_net(window), window)
    options: dict[str, Any] = {"steps": steps, "batch": BATCH, "lr": LR, "seed": seed, "device": "cpu"}
    loss = se.CrossEntropy(class_weights(train_set))
    return se.fit(network, train_set, loss=loss, progress=False, **options).model


def look_alike_accuracy(network: nn.Module, val_set: list[dict[str, Any]], inside: bool = False) -> float:
    """Return how often the right one of the two look-alikes has the higher score: the mean of both classes' shares.

    inside: count only pixels whose 5 × 5 neighborhood is all stone, so that the smallest window sees no outline.
    """
    first, second = se.Scenes.look_alikes
    right, total = [0, 0], [0, 0]
    for sample in val_set:
        logits = se.predict(network, sample["image"], logits=True)
        says_second = logits[second] > logits[first]
        for number, label in enumerate((first, second)):
            here = sample["label_map"].as_subclass(Tensor) == label
            if inside:
                here = -F.max_pool2d(-here[None].float(), 5, stride=1, padding=2)[0] > 0
            right[number] += int((says_second[here] == bool(number)).sum())
            total[number] += int(here.sum())
    return statistics.mean(hits / count for hits, count in zip(right, total, strict=True))


def scores(network: nn.Module, val_set: list[dict[str, Any]]) -> dict[str, float]:
    """Return look-alike accuracy, on all their pixels and inside, and mean IoU."""
    matrix = se.ConfusionMatrix(CLASSES)
    for sample in val_set:
        matrix.update(se.predict(network, sample["image"]), sample["label_map"].as_subclass(Tensor))
    return {
        "look-alikes": round(look_alike_accuracy(network, val_set), 4),
        "look-alikes inside": round(look_alike_accuracy(network, val_set, inside=True), 4),
        "mean IoU": round(matrix.mean_iou(), 4),
    }


def main() -> None:
    """Train every window with every seed, keep seed 0's weights, write each run's scores."""
    train_set, val_set = samples("train", TRAIN), samples("val", VAL)
    about = f"{STEPS} steps of {BATCH} scenes of {SIZE[0]}×{SIZE[1]}, {VAL} validation scenes, CPU, fp32"
    runs = []
    for seed in SEEDS:
        for window in DILATIONS:
            network = train(window, seed, train_set)
            runs.append({"window": window, "seed": seed, **scores(network, val_set)})
            print(runs[-1], flush=True)
            if seed == SEEDS[0]:
                save_weights(network, DATA / "weights" / f"window_{window}.safetensors")
            write_results("04_windows", {"about": about, "runs": runs})


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
