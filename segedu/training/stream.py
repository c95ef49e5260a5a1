"""The training images as an endless stream: which images step k sees is a function of (seed, k) and of nothing else."""

import signal
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from segedu.seeding import fold, seeded
from segedu.training import distributed
from segedu.training.checks import check_sample

Key = tuple[int, int]  # (epoch, index)


def batch_keys(step: int, batch: int, length: int, seed: int) -> list[Key]:
    """Return the (epoch, index) of the `batch` images of step `step`: the step-th batch of an endless row of shuffles.

    Every image is seen once an epoch, also when `batch` doesn't divide `length`.

    >>> sorted(index for step in range(2) for _, index in batch_keys(step, 3, 6, seed=0))
    [0, 1, 2, 3, 4, 5]
    """
    positions = range(step * batch, (step + 1) * batch)
    orders = {epoch: _shuffle(epoch, length, seed) for epoch in {position // length for position in positions}}
    return [(position // length, orders[position // length][position % length]) for position in positions]


def _shuffle(epoch: int, length: int, seed: int) -> list[int]:
    generator = torch.Generator().manual_seed(fold(seed, "shuffle", epoch))
    return torch.randperm(length, generator=generator).tolist()


def split_sample(sample: Any, name: str) -> tuple[Tensor, Tensor]:
    """Return (image (3, H, W), label map (H, W)) of a sample dict or of a pair, checked; `name` is for the errors."""
    if isinstance(sample, dict):
        missing = [key for key in ("image", "label_map") if key not in sample]
        if missing:
            raise ValueError(f"{name} is a dict without {missing[0]!r}; the trainer reads 'image' and 'label_map'.")
        image, label_map = sample["image"], sample["label_map"]
    elif isinstance(sample, (tuple, list)) and len(sample) == 2:
        image, label_map = sample
    else:
        raise TypeError(f"{name} is a {type(sample).__name__}; a data set gives a sample dict or (image, label_map).")
    check_sample(image, label_map, name)
    return image.as_subclass(Tensor), label_map.as_subclass(Tensor)


class _Samples(Dataset):
    """Samples by (epoch, index), each drawn under its own seed, so that augmentation is the same wherever it runs."""

    def __init__(self, dataset: Any, seed: int) -> None:
        self.dataset, self.seed = dataset, seed

    def __getitem__(self, key: Key) -> tuple[Tensor, Tensor, int]:
        epoch, index = key
        with seeded(fold(self.seed, "augment", epoch, index)):
            image, label_map = split_sample(self.dataset[index], f"training sample {index}")
        return image, label_map.to(torch.uint8), index  # a byte a pixel is enough to travel


class _Batches:
    """The keys of one process from `step` on: every world-th image of each batch."""

    def __init__(self, step: int, batch: int, length: int, seed: int, rank: int, world: int) -> None:
        self.step, self.batch, self.length, self.seed = step, batch, length, seed
        self.rank, self.world = rank, world

    def __iter__(self) -> Iterator[list[Key]]:
        step = self.step
        while True:
            yield batch_keys(step, self.batch, self.length, self.seed)[self.rank :: self.world]
            step += 1


def stream(
    dataset: Any, step: int, batch: int, seed: int, workers: int, pin_memory: bool
) -> Iterator[tuple[Tensor, Tensor, list[int]]]:
    """Yield (images (n, 3, H, W) float32, targets (n, H, W) uint8, indices) of this process from step `step` on."""
    loader: DataLoader = DataLoader(
        _Samples(dataset, seed),
        batch_sampler=_Batches(step, batch, len(dataset), seed, distributed.rank(), distributed.world()),
        num_workers=workers,
        collate_fn=_stack,
        pin_memory=pin_memory,
        worker_init_fn=_ignore_interrupt,
        generator=torch.Generator(),  # else the loader would take a number from the global one
    )
    return iter(loader)


def _stack(samples: list[tuple[Tensor, Tensor, int]]) -> tuple[Tensor, Tensor, list[int]]:
    images, targets, indices = zip(*samples, strict=True)
    sizes = {tuple(image.shape) for image in images}
    if len(sizes) > 1:
        raise ValueError(
            f"training images {sorted(indices)[:4]}… have sizes {sorted(sizes)[:3]}; a batch needs one size: "
            "give the data set size=(height, width), or train with batch=1."
        )
    return torch.stack(images), torch.stack(targets), list(indices)


def _ignore_interrupt(worker: int) -> None:
    """Leave Ctrl-C to the trainer, which ends between steps; a worker that died of it would end the run at once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
