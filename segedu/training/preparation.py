"""Before the first step: check the model and put it in place, look at one image, divide the batch."""

from typing import Any

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from segedu.seeding import fold, seeded
from segedu.training import distributed
from segedu.training.device import Choice
from segedu.training.modes import evaluating
from segedu.training.nests import to_device
from segedu.training.samples import read_sample
from segedu.training.tasks import Semantic, Task


def check_task(task: Any) -> Task:
    """Return a task, by default semantic segmentation; raise TypeError for a loss or a class in its place."""
    if task is None:
        return Semantic()
    if isinstance(task, Task):
        return task
    mend = f"make one, {task.__name__}()" if isinstance(task, type) else "a loss belongs into it, task=Semantic(loss)"
    kind = task.__name__ if isinstance(task, type) else type(task).__name__
    raise TypeError(f"the task is {'the class' if isinstance(task, type) else 'a'} {kind}; {mend}.")


def place_model(model: nn.Module, device: torch.device) -> nn.Module:
    """Return the model on `device`, channels last, without wrappers, so that saved keys are plain.

    A model from `torch.compile(model)` is compiled in place instead, as `model.compile()` does.
    """
    if isinstance(model, DistributedDataParallel):
        model = model.module
    compiled = hasattr(model, "_orig_mod")
    model = getattr(model, "_orig_mod", model)
    if device.type == "cuda" and distributed.world() > 1:
        model = nn.SyncBatchNorm.convert_sync_batchnorm(model)  # CUDA only: it refuses CPU tensors
    with torch.inference_mode(False):  # weights that are made anew in it could never learn
        model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    if compiled:
        model.compile()  # in place: unlike torch.compile(model) it keeps the keys of the state dict
    return model


def wrap_for_processes(model: nn.Module, device: torch.device) -> nn.Module:
    """Return the model itself, or for several processes DDP around it, which averages gradients."""
    if distributed.world() == 1:
        return model
    return DistributedDataParallel(model, [device] if device.type == "cuda" else None)


def join(task: Task, model: nn.Module, train: Any, choice: Choice, seed: int) -> Task:
    """Return the task as it is for this model, after a look at one training image; raise if the two don't fit."""
    with evaluating(model), seeded(fold(seed, "first")), torch.no_grad():
        batch = task.collate([task.check(read_sample(train, 0, "training sample 0"), "training sample 0")])
        return task.for_model(choice.in_precision(model), to_device(batch, choice.device), train)


def check_length(dataset: Any, name: str) -> None:
    """Raise ValueError if a data set holds nothing, TypeError if it can't say how much it holds."""
    if not hasattr(dataset, "__len__") or not hasattr(dataset, "__getitem__"):
        raise TypeError(f"the {name} data set is a {type(dataset).__name__}; it needs a length and samples by index.")
    if len(dataset) == 0:
        raise ValueError(f"the {name} data set is empty; check its folder and split.")


def share_batch(batch: int, world: int) -> int:
    """Return each process's part of the batch; raise ValueError with the next size that works.

    >>> share_batch(12, 4)
    3
    """
    if batch >= 1 and batch % world == 0:
        return batch // world
    following = -(-max(batch, 1) // world) * world
    raise ValueError(
        f"batch={batch} can't be shared equally by {world} process{'es' if world > 1 else ''}; "
        f"the next size that works is {following}."
    )


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Return two groups: weights with decay, biases and norms (one-dimensional) without.

    Raises ValueError if there is nothing to learn: no weights, or all of them are frozen.
    """
    weights = list(model.parameters())
    trainable = [weight for weight in weights if weight.requires_grad]
    if not weights:
        raise ValueError(f"the model, a {type(model).__name__}, has no weights to learn; give it a convolution.")
    if not trainable:
        raise ValueError("all of the model's weights are frozen; set requires_grad_(True) on those that shall learn.")
    return [
        {"params": [weight for weight in trainable if weight.ndim > 1], "weight_decay": weight_decay},
        {"params": [weight for weight in trainable if weight.ndim <= 1], "weight_decay": 0.0},
    ]


def try_step(task: Task, model: nn.Module, sample: Any, size: int, choice: Choice) -> None:
    """Use the memory of a step on `size` copies of a sample, AdamW's two states included, and change nothing."""
    batch = task.collate([task.check(sample, "training sample 0")] * size)
    buffers = [buffer.clone() for buffer in model.buffers()]
    try:
        adam = [torch.empty_like(weight) for weight in model.parameters() for _ in range(2)]
        task.loss(choice.in_precision(model), to_device(batch, choice.device), share=1.0).backward()
        del adam
    finally:
        model.zero_grad()
        with torch.no_grad():
            for buffer, before in zip(model.buffers(), buffers, strict=True):
                buffer.copy_(before)
