"""What is measured of a data set: exact, whatever the number of processes."""

from collections.abc import Iterator
from typing import Any

import torch

from segedu.seeding import fold, seeded
from segedu.training import distributed
from segedu.training.nests import to_device
from segedu.training.samples import read_sample
from segedu.training.tasks import Task


def own_batches(dataset: Any, task: Task, device: torch.device, seed: int) -> Iterator[tuple[Any, float]]:
    """Yield (batch on `device`, share) of each image that this process measures, one at a time.

    Process r of w takes the images r, r + w, …, so each image counts once and nothing depends on w. Each is drawn, and
    seen by the model, under a seed of its own.
    """
    for index in range(distributed.rank(), len(dataset), distributed.world()):
        with seeded(fold(seed, "validate", index)):
            name = f"validation sample {index}"
            sample = task.check(read_sample(dataset, index, name), name)
            batch = task.collate([sample])
            yield to_device(batch, device), task.share(batch)
