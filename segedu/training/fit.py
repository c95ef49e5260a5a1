"""Train in one line: `se.fit(model, train, val, steps=1000)`."""

from typing import Any

from torch import nn

from segedu.training.preprocessing import STANDARD, Preprocessing
from segedu.training.tasks import Semantic, Task
from segedu.training.tasks.semantic import Loss
from segedu.training.trainer import Trainer


def fit(
    model: nn.Module,
    train: Any,
    val: Any = None,
    *,
    task: Task | None = None,
    loss: Loss | None = None,
    preprocessing: Preprocessing = STANDARD,
    **options: Any,
) -> Trainer:
    """Train `model` and return the trainer: the one-line form of `Trainer(model, train, val, **options).fit()`.

    loss, preprocessing: those of semantic segmentation, short for `task=Semantic(loss, preprocessing)`. `options` are
    the keyword arguments of `Trainer`, of which `steps` or `minutes` is needed.

    Raises TypeError if a task is given together with a loss or a preprocessing, which it has itself.

    >>> import torch
    >>> pixel = (torch.rand(3, 4, 4), torch.zeros(4, 4, dtype=torch.long))
    >>> len(fit(nn.Conv2d(3, 2, 1), [pixel], steps=2, batch=1, progress=False).history["loss"])
    2
    """
    if task is not None and (loss is not None or preprocessing is not STANDARD):
        raise TypeError("give loss and preprocessing to the task: task=Semantic(loss, preprocessing).")
    task = Semantic(loss, preprocessing) if task is None else task
    return Trainer(model, train, val, task=task, **options).fit()
