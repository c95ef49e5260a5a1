"""What segedu.metrics says about a target and a prediction: the numbers that the metric lab's screen must show."""

import random
from typing import Any

import torch

from segedu.metrics.semantic import BoundaryF1, ConfusionMatrix, boundaries
from segedu.metrics.semantic.boundary_iou import BoundaryIoU, band_labels

Rows = list[list[int]]
NAMES = ["pixel_accuracy", "mean_accuracy", "iou", "mean_iou", "frequency_weighted_iou", "dice", "precision", "recall",
         "boundary_f1", "boundary_iou"]  # fmt: skip


def scores(target: Rows, prediction: Rows, tolerance: int, width: int) -> dict[str, float]:
    """Return the ten metrics by name; NaN where one is 0/0. Precision and recall from the object's own pixels."""
    wanted, guessed = torch.tensor(target), torch.tensor(prediction)
    matrix = ConfusionMatrix(2).update(guessed, wanted)
    valid = wanted != 255
    hits = ((wanted == 1) & (guessed == 1)).sum().double()
    return {
        "pixel_accuracy": matrix.pixel_accuracy(),
        "mean_accuracy": matrix.mean_accuracy(),
        "iou": float(matrix.iou()[1]),
        "mean_iou": matrix.mean_iou(),
        "frequency_weighted_iou": matrix.frequency_weighted_iou(),
        "dice": float(matrix.dice()[1]),
        "precision": float(hits / ((guessed == 1) & valid).sum()),
        "recall": float(hits / (wanted == 1).sum()),
        "boundary_f1": float(BoundaryF1(2, tolerance=tolerance).update(guessed, wanted).f1()[1]),
        "boundary_iou": float(BoundaryIoU(2, width=width).update(guessed, wanted).iou()[1]),
    }


def counts(target: Rows, prediction: Rows) -> dict[str, int]:
    """Return the confusion matrix by name, and the void cells beside it."""
    wanted = torch.tensor(target)
    (tn, fp), (fn, tp) = ConfusionMatrix(2).update(torch.tensor(prediction), wanted).counts.tolist()
    return {"tn": tn, "fp": fp, "fn": fn, "tp": tp, "void": int((wanted == 255).sum())}


def facts(target: Rows, prediction: Rows, tolerance: int, width: int) -> dict[str, Any]:
    """Return all that the core must find for one pair, NaN as None: counts, scores, boundary cells and bands."""
    wanted, guessed = torch.tensor(target), torch.tensor(prediction)
    void = wanted == 255
    maps = {"target": wanted.masked_fill(void, -1), "prediction": guessed.masked_fill(void, -1)}
    known = {name: None if value != value else value for name, value in scores(**_pair(target, prediction),
             tolerance=tolerance, width=width).items()}  # fmt: skip
    return {
        **_pair(target, prediction),
        "tolerance": tolerance,
        "width": width,
        "scores": known,
        "counts": counts(target, prediction),
        "edges": {name: ((boundaries(map_, -1)) & (map_ == 1)).int().flatten().tolist() for name, map_ in maps.items()},
        "bands": {name: (band_labels(map_, width) == 1).int().flatten().tolist() for name, map_ in maps.items()},
    }


def _pair(target: Rows, prediction: Rows) -> dict[str, Any]:
    return {"target": target, "prediction": prediction}


def random_pair(seed: int, size: tuple[int, int] | None = None) -> tuple[Rows, Rows]:
    """Return maps of this size, or of 4 to 48 cells a side: boxes or noise, with void or without, some empty."""
    rng = random.Random(seed)
    generator = torch.Generator().manual_seed(seed)
    size = size or (rng.randint(4, 48), rng.randint(4, 48))
    target, prediction = (_random_map(rng, generator, size) for _ in range(2))
    if rng.random() < 0.5:
        prediction = torch.where(torch.rand(size, generator=generator) < 0.1, 1 - target, target)
    if rng.random() < 0.5:
        target = target.masked_fill(_random_map(rng, generator, size) == 1, 255)
    return target.tolist(), prediction.tolist()


def _random_map(rng: random.Random, generator: torch.Generator, size: tuple[int, int]) -> torch.Tensor:
    kind = rng.choice(["empty", "noise", "box", "box", "full"] if rng.random() < 0.4 else ["noise", "box"])
    if kind in ("empty", "full"):
        return torch.full(size, int(kind == "full"))
    if kind == "noise":
        return (torch.rand(size, generator=generator) < rng.choice([0.02, 0.3, 0.6])).long()
    top, left = rng.randrange(size[0]), rng.randrange(size[1])
    made = torch.zeros(size, dtype=torch.int64)
    made[top : top + rng.randint(1, size[0]), left : left + rng.randint(1, size[1])] = 1
    return made
