"""Before the first step: put the model in place, look at one image, divide the batch, find out what memory holds."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from segedu.seeding import fold, seeded
from segedu.training import distributed
from segedu.training.device import Choice
from segedu.training.nests import to_device
from segedu.training.tasks import Task


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
    model.eval()
    with seeded(fold(seed, "first")), torch.no_grad():
        batch = task.collate([task.check(train[0], "training sample 0")])
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
    """Return two groups: weights with decay, biases and norms (one-dimensional) without."""
    trainable = [weight for weight in model.parameters() if weight.requires_grad]
    return [
        {"params": [weight for weight in trainable if weight.ndim > 1], "weight_decay": weight_decay},
        {"params": [weight for weight in trainable if weight.ndim <= 1], "weight_decay": 0.0},
    ]


def try_step(task: Task, model: nn.Module, sample: Any, size: int, choice: Choice) -> None:
    """Use the memory of a step on `size` copies of a sample, AdamW's two states included, and change nothing."""
    batch = task.collate([task.check(sample, "training sample 0")] * size)
    buffers = [buffer.clone() for buffer in model.buffers()]
    model.train()
    try:
        adam = [torch.empty_like(weight) for weight in model.parameters() for _ in range(2)]
        task.loss(choice.in_precision(model), to_device(batch, choice.device), share=1.0).backward()
        del adam
    finally:
        model.zero_grad()
        with torch.no_grad():
            for buffer, before in zip(model.buffers(), buffers, strict=True):
                buffer.copy_(before)


def largest_that_fits(attempt: Callable[[int], None], size: int) -> int:
    """Return the first of size, size / 2, size / 4 … for which `attempt(size)` doesn't run out of memory.

    Raises torch.OutOfMemoryError if not even one image fits.
    """
    while True:
        try:
            attempt(size)
            return size
        except torch.OutOfMemoryError:
            if size == 1:
                raise torch.OutOfMemoryError(
                    "not even one image fits into memory; take smaller images or a narrower model."
                ) from None
        if torch.cuda.is_available():
            torch.cuda.empty_cache()  # here, not above: the exception held the tensors
        size = (size + 1) // 2
