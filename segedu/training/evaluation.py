"""Scores of a model on a data set: exact, whatever the number of processes."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from segedu.labels import VOID
from segedu.metrics.semantic import ConfusionMatrix
from segedu.seeding import fold, seeded
from segedu.training import distributed
from segedu.training.checks import check_labels
from segedu.training.device import Choice
from segedu.training.inference import Preprocessing, run_model
from segedu.training.stream import split_sample

Loss = Callable[[Tensor, Tensor], Tensor]


def loss_share(loss: Loss, targets: Tensor) -> float:
    """Return what the mean `loss` over `targets` (N, H, W) is divided by: its own `share`, else the valid pixels."""
    if hasattr(loss, "share"):
        return float(loss.share(targets))
    return float((targets != VOID).sum())


def measure(
    model: nn.Module,
    dataset: Any,
    loss: Loss,
    num_classes: int,
    preprocessing: Preprocessing,
    choice: Choice,
    seed: int,
) -> tuple[ConfusionMatrix, float]:
    """Return the confusion matrix and the mean loss over `dataset`, at the resolution of its label maps.

    Process r of w takes the images r, r + w, … one by one, so each image counts once and nothing depends on w; then
    counts are added up.
    """
    distributed.take_buffers_of_first(model)
    matrix, total, shares = ConfusionMatrix(num_classes), 0.0, 0.0
    was_training = model.training
    model.eval()
    for index in range(distributed.rank(), len(dataset), distributed.world()):
        with seeded(fold(seed, "validate", index)), torch.no_grad():
            image, target = split_sample(dataset[index], f"validation sample {index}")
            check_labels(target[None], num_classes, [index], "validation")
            with choice.autocast():
                logits = run_model(model, image[None].to(choice.device), preprocessing)
            matrix.update(logits.argmax(1).cpu(), target[None])
            share = loss_share(loss, target[None])
            if share:
                total += share * float(loss(logits, target[None].to(choice.device).long()))
                shares += share
    model.train(was_training)
    total, shares = distributed.sum_over_processes([total, shares])
    return matrix.reduce(), total / shares if shares else float("nan")
