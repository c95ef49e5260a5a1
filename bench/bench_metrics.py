"""Speed of the metrics: one mIoU update against torchmetrics and against one plain np.bincount, on one thread.

python bench/bench_metrics.py
"""

import sys
import time
import warnings
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from segedu.metrics.semantic import BoundaryF1, ConfusionMatrix

IMAGES, SIZE, CLASSES = 64, 512, 21


def main(rounds: int = 5) -> list[str]:
    """Return the lines to print: time in milliseconds and ratio to ours, for label noise and for regions."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        lines = [f"mIoU, {IMAGES} label maps {SIZE} × {SIZE}, {CLASSES} classes, int64, one thread (best of {rounds})"]
        for kind, make in (("noise", noise), ("regions", regions)):
            lines += compare(kind, *make(), rounds)
        return [*lines, boundary_line(*regions())]
    finally:
        torch.set_num_threads(threads)


def noise() -> tuple[Tensor, Tensor]:
    """Return prediction and target: independent pixels, four in five of them right."""
    random = torch.Generator().manual_seed(0)
    target = torch.randint(CLASSES, (IMAGES, SIZE, SIZE), generator=random)
    other = torch.randint(CLASSES, target.shape, generator=random)
    return torch.where(torch.rand(target.shape, generator=random) < 0.8, target, other), target


def regions() -> tuple[Tensor, Tensor]:
    """Return prediction and target: 32 × 32 blocks, the prediction moved three pixels sideways."""
    blocks = torch.randint(CLASSES, (IMAGES, SIZE // 32, SIZE // 32), generator=torch.Generator().manual_seed(0))
    target = blocks.repeat_interleave(32, dim=1).repeat_interleave(32, dim=2)
    return target.roll(3, dims=2).contiguous(), target.contiguous()


def compare(kind: str, prediction: Tensor, target: Tensor, rounds: int) -> list[str]:
    """Time the three in turn, so that other load on the machine meets them alike; check that the numbers agree."""
    ways: dict[str, Callable[[Tensor, Tensor], float]] = {
        "segedu": ours,
        "np.bincount": plain_bincount,
        "torchmetrics": torchmetrics_jaccard,
    }
    seconds = dict.fromkeys(ways, float("inf"))
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            score = way(prediction, target)
            seconds[name] = min(seconds[name], time.perf_counter() - start)
            assert abs(score - ours(prediction, target)) < 1e-6, (name, score)
    fastest = seconds["segedu"]
    return [f"  {kind:8} {name:12} {time_ * 1e3:8.1f} ms {time_ / fastest:7.2f} ×" for name, time_ in seconds.items()]


def ours(prediction: Tensor, target: Tensor) -> float:
    return ConfusionMatrix(CLASSES).update(prediction, target).mean_iou()


def plain_bincount(prediction: Tensor, target: Tensor) -> float:
    pairs = target.numpy().ravel() * CLASSES + prediction.numpy().ravel()
    counts = np.bincount(pairs, minlength=CLASSES * CLASSES).reshape(CLASSES, CLASSES)
    hits = counts.diagonal()
    return float(np.mean(hits / (counts.sum(axis=0) + counts.sum(axis=1) - hits)))


def torchmetrics_jaccard(prediction: Tensor, target: Tensor) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from torchmetrics.classification import MulticlassJaccardIndex

        metric = MulticlassJaccardIndex(num_classes=CLASSES, average="macro")
        metric.update(prediction, target)
        return float(metric.compute())


def boundary_line(prediction: Tensor, target: Tensor) -> str:
    start = time.perf_counter()
    BoundaryF1(CLASSES).update(prediction[:8], target[:8])
    milliseconds = (time.perf_counter() - start) / 8 * 1e3
    return f"boundary F1, {SIZE} × {SIZE}, {CLASSES} classes, tolerance 2: {milliseconds:.1f} ms per image"


if __name__ == "__main__":
    print(*main(), sep="\n", file=sys.stdout)
