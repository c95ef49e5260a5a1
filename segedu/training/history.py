"""The history of a run: the loss and the learning rate of each step, and a record of each validation."""

import torch
from torch import Tensor

from segedu.training import distributed

History = dict[str, list]

RECENT = 20  # steps whose mean is told as a run's loss
READ_EVERY = 20  # steps on a GPU, where reading a number makes the host wait
SKIPS_ALLOWED = 20  # steps in a row that fp16's loss scaler may skip while it looks for its scale


def new_history() -> History:
    """Return the history of a run that hasn't begun."""
    return {"loss": [], "lr": [], "validation": []}


class LossReader:
    """Moves losses from the device to the history, several at once on a GPU, and raises when one is not a number."""

    def __init__(self, device: torch.device, scaled: bool) -> None:
        self._unread: list[tuple[Tensor, float, list[int]]] = []
        self._at_once = 1 if device.type == "cpu" else READ_EVERY
        self._skips_allowed = SKIPS_ALLOWED if scaled else 0
        self._skipped = 0

    def add(self, loss: Tensor, lr: float, indices: list[int], history: History) -> None:
        """Note a step: its loss (a scalar on the device), its learning rate, the images it saw."""
        self._unread.append((loss, lr, indices))
        if len(self._unread) >= self._at_once:
            self.read(history)

    def read(self, history: History) -> None:
        """Append what was not yet read, summed over processes, to the history.

        Raises FloatingPointError naming step, learning rate and images of a loss that is no number.
        """
        unread, self._unread = self._unread, []
        if not unread:
            return
        values = distributed.sum_numbers(torch.stack([loss for loss, _, _ in unread]).tolist())
        for value, (_, lr, indices) in zip(values, unread, strict=True):
            self._check(value, lr, indices, step=len(history["loss"]))
            history["loss"].append(value)
            history["lr"].append(lr)

    def _check(self, value: float, lr: float, indices: list[int], step: int) -> None:
        finite = abs(value) < float("inf")
        self._skipped = 0 if finite else self._skipped + 1
        if self._skipped > self._skips_allowed:
            raise FloatingPointError(
                f"the loss is {value} in step {step} at lr={lr:.2e}, on training images {indices}: "
                "look at these images, or lower the learning rate."
            )


def headline(record: dict) -> str:
    """Return the name of a validation record's first score, such as "mean_iou".

    >>> headline({"step": 20, "loss": 0.7, "mean_iou": 0.4, "pixel_accuracy": 0.8})
    'mean_iou'
    """
    return next(name for name in record if name not in ("step", "loss"))
