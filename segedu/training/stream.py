"""The training images as an endless stream: which images step k sees is a function of (seed, k) and of nothing else."""

import pickle  # for the name of its error
import signal
from collections.abc import Iterator
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset

from segedu.seeding import fold, seeded
from segedu.training import distributed
from segedu.training.samples import Failure, read_sample
from segedu.training.tasks import Task

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
    return torch.randperm(length, generator=generator, device="cpu").tolist()


class _Samples(Dataset):
    """Checked samples by (epoch, index), each drawn under its own seed: augmented alike wherever it is loaded."""

    def __init__(self, dataset: Any, task: Task, seed: int) -> None:
        self.dataset = dataset
        self.task = task
        self.seed = seed

    def __getitem__(self, key: Key) -> tuple[Any, int]:
        epoch, index = key
        name = f"training sample {index}"
        with seeded(fold(self.seed, "augment", epoch, index)):
            try:
                return self.task.check(read_sample(self.dataset, index, name), name), index
            except Exception as error:
                return Failure.of(error), index


class _Batches:
    """The keys of one process from `step` on: every world-th image of each batch."""

    def __init__(self, step: int, batch: int, length: int, seed: int, rank: int, world: int) -> None:
        self.step = step
        self.batch = batch
        self.length = length
        self.seed = seed
        self.rank = rank
        self.world = world

    def __iter__(self) -> Iterator[list[Key]]:
        step = self.step
        while True:
            yield batch_keys(step, self.batch, self.length, self.seed)[self.rank :: self.world]
            step += 1


class _Parts:
    """Collate a step's samples in parts of at most `micro_batch`."""

    def __init__(self, task: Task, micro_batch: int) -> None:
        self.task = task
        self.micro_batch = micro_batch

    def __call__(self, samples: list[tuple[Any, int]]) -> tuple[list[Any] | Failure, list[int]]:
        checked = [sample for sample, _ in samples]
        indices = [index for _, index in samples]
        failures = [sample for sample in checked if isinstance(sample, Failure)]
        if failures:
            return failures[0], indices
        starts = range(0, len(checked), self.micro_batch)
        try:
            parts = [self.task.collate(checked[start : start + self.micro_batch]) for start in starts]
        except Exception as error:
            return Failure.of(error), indices
        return parts, indices


def stream(
    dataset: Any,
    task: Task,
    *,
    step: int,
    batch: int,
    micro_batch: int,
    seed: int,
    workers: int,
    pin_memory: bool,
) -> Iterator[tuple[list[Any], list[int]]]:
    """Yield (parts, indices) of this process from step `step` on: each part a collated batch, on the CPU.

    Raises ValueError if a sample can't be read, or if workers are to load a data set that can't be sent to them.
    """
    loader: DataLoader = DataLoader(
        _Samples(dataset, task, seed),
        batch_sampler=_Batches(step, batch, len(dataset), seed, distributed.rank(), distributed.world()),
        num_workers=workers,
        collate_fn=_Parts(task, micro_batch),
        pin_memory=pin_memory,
        worker_init_fn=_ignore_interrupt,
        generator=torch.Generator(),  # else the loader would take a number from the global one
    )
    for parts, indices in _started(loader):
        if isinstance(parts, Failure):
            raise parts.error
        yield parts, indices


def _started(loader: DataLoader) -> Iterator[Any]:
    """Return the loader's iterator; where processes are spawned, the data set travels to them by pickling."""
    try:
        with torch.device("cpu"):  # the loader draws a number, which a default device would move to a GPU
            return iter(loader)
    except (AttributeError, TypeError, pickle.PicklingError) as error:
        if loader.num_workers == 0 or "pickle" not in str(error).lower():
            raise
        raise ValueError(
            f"workers={loader.num_workers} sends the data set to other processes, and it can't be sent ({error}): "
            "define its class and functions at the top of a file, or take workers=0."
        ) from error


def _ignore_interrupt(worker: int) -> None:
    """Leave Ctrl-C to the trainer, which ends between steps; a worker that died of it would end the run at once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
