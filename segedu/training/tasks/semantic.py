"""Semantic segmentation: one class per pixel, from a label map with void."""

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

import torch
from torch import Tensor

from segedu.labels import VOID
from segedu.losses import CrossEntropy
from segedu.metrics.semantic import ConfusionMatrix
from segedu.training import distributed
from segedu.training.checks import check_labels, check_logits, check_loss, check_sample
from segedu.training.inference import run_model
from segedu.training.preprocessing import STANDARD, Preprocessing, to_record
from segedu.training.tasks.base import Model, Task, describe

Loss = Callable[[Tensor, Tensor], Tensor]  # (logits (N, C, H, W), targets (N, H, W)) -> mean over valid pixels
Sample = dict[str, Any]  # "image" (channels, H, W), "label_map" (H, W) uint8, "name"
Batch = dict[str, Tensor]  # "images" (N, channels, H, W), "targets" (N, H, W) uint8

WEIGHTS = {"out": 1.0, "aux": 0.4}  # of the auxiliary head: Zhao et al. 2017, arXiv 1612.01105, section 3.3


class Semantic(Task):
    """Learn the class of each pixel.

    loss: from logits (N, C, H, W) and targets (N, H, W) int64 to the mean over valid pixels; None: `CrossEntropy()`.
        A loss with a method `share(targets)` says itself what its mean is divided by, else it is the valid pixels.
    preprocessing: from images in [0, 1] to the model's input.
    weights: how much each output counts in the training loss, for a model that returns a dict of logits. Validation
        looks at "out" alone, as `predict` does.

    Data sets give sample dicts ("image", "label_map") or pairs (image, label map); images are (channels, H, W) floats
    in [0, 1], label maps (H, W) integers, void is 255. Validation images may differ in size.
    """

    def __init__(
        self,
        loss: Loss | None = None,
        preprocessing: Preprocessing = STANDARD,
        weights: Mapping[str, float] = WEIGHTS,
    ) -> None:
        if isinstance(loss, type) or not (loss is None or callable(loss)):
            mend = f"make one, {loss.__name__}(…)" if isinstance(loss, type) else "give a function or a module"
            raise TypeError(f"the loss is {_brief(loss)}; {mend}, from (logits, targets) to the mean over pixels.")
        if not callable(preprocessing):
            raise TypeError(f"preprocessing={preprocessing!r}; give Preprocessing(), which leaves images as they are.")
        self.loss_function = CrossEntropy() if loss is None else loss
        self.preprocessing = preprocessing
        self.weights = dict(weights)
        self.num_classes: int | None = None  # known when the model is

    def for_model(self, model: Model, batch: Batch, dataset: Any) -> Self:
        """Return the task with the model's number of classes; raise if it isn't the data set's, or an output's."""
        outputs = run_model(model, batch["images"], self.preprocessing)
        for name, logits in outputs.items():
            self._weight(name)
            check_logits(logits, batch["images"], getattr(dataset, "num_classes", None), name)
        task = copy.copy(self)
        task.num_classes = outputs["out"].shape[1]
        return task

    def check(self, sample: Any, name: str) -> Sample:
        """Return image, label map and name of a sample, whose shapes, types and labels fit."""
        image, label_map = split_sample(sample, name)
        if self.num_classes is not None:
            check_labels(label_map, self.num_classes, name)
        # One byte per pixel is enough to travel from worker to trainer to GPU.
        return {"image": image, "label_map": label_map.to(torch.uint8), "name": name}

    def collate(self, samples: list[Sample]) -> Batch:
        """Stack images and label maps; raise ValueError if they differ in channels or size."""
        sizes = {tuple(sample["image"].shape) for sample in samples}
        if len(sizes) > 1:
            names = ", ".join(sample["name"] for sample in samples[:4])
            mend = "give the data set size=(height, width), or train with batch=1"
            if len({size[0] for size in sizes}) > 1:
                mend = "repeat the channel of gray ones, image.expand(3, -1, -1), and leave out alpha, image[:3]"
            what = "channels" if "channel" in mend else "sizes"
            raise ValueError(f"{names} … have {what} {sorted(sizes)[:3]}; a batch needs one shape: {mend}.")
        return {
            "images": torch.stack([sample["image"] for sample in samples]),
            "targets": torch.stack([sample["label_map"] for sample in samples]),
        }

    def share(self, batch: Batch) -> float:
        """Return what the mean loss is divided by: the loss's own `share`, else the number of valid pixels."""
        if hasattr(self.loss_function, "share"):
            return float(self.loss_function.share(batch["targets"]))
        valid = int((batch["targets"] != VOID).sum())
        ignored = getattr(self.loss_function, "ignore_index", VOID)
        if valid < batch["targets"].numel() and ignored != VOID:
            raise ValueError(f"{_void_at(self.loss_function)} ignores {ignored}: {_MEND_VOID}.")
        return float(valid)

    def loss(self, model: Model, batch: Batch, share: float) -> Tensor:
        """Return the weighted sum of the outputs' losses; 0 where each pixel is void."""
        outputs = run_model(model, batch["images"], self.preprocessing)
        if share == 0:
            return torch.stack([logits.sum() for logits in outputs.values()]).sum() * 0.0
        targets = batch["targets"].long()
        losses = [self._weight(name) * self._loss_of(logits, targets) for name, logits in outputs.items()]
        return torch.stack(losses).sum()

    def _loss_of(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of one output, a scalar; raise, naming the mistake, if the loss gives something else."""
        try:
            loss = self.loss_function(logits, targets)
        except IndexError as error:
            if f"Target {VOID} is out of bounds" not in str(error):
                raise
            raise ValueError(f"{_void_at(self.loss_function)} doesn't know it: {_MEND_VOID}.") from error
        return check_loss(loss, f"the loss {_brief(self.loss_function)}", learns=torch.is_grad_enabled())

    def _weight(self, output: str) -> float:
        if output not in self.weights:
            raise ValueError(
                f"the model returns an output {output!r} and it isn't said how much it counts; "
                f"give task=Semantic(weights={{'out': 1.0, {output!r}: 0.4}}), 0 if it doesn't."
            )
        return self.weights[output]

    def measure(self, model: Model, batches: Iterable[tuple[Batch, float]]) -> dict[str, Any]:
        """Return "mean_iou", "pixel_accuracy", "iou" per class, and "loss" of the output "out"."""
        matrix, loss = self._count(model, batches)
        return {
            "mean_iou": matrix.mean_iou(),
            "pixel_accuracy": matrix.pixel_accuracy(),
            "iou": matrix.iou().tolist(),
            "loss": loss,
        }

    def evaluate(self, model: Model, batches: Iterable[tuple[Batch, float]]) -> ConfusionMatrix:
        """Return the confusion matrix, at the resolution of the label maps."""
        return self._count(model, batches)[0]

    def _count(self, model: Model, batches: Iterable[tuple[Batch, float]]) -> tuple[ConfusionMatrix, float]:
        """Return confusion matrix and mean loss over all processes' images."""
        assert self.num_classes is not None, "for_model comes first"
        matrix = ConfusionMatrix(self.num_classes, self._ignored(self.num_classes))
        total, shares = 0.0, 0.0
        for batch, share in batches:
            logits = run_model(model, batch["images"], self.preprocessing)["out"]
            matrix.update(logits.argmax(1).cpu(), batch["targets"].cpu())
            if share:
                total += share * float(self._loss_of(logits, batch["targets"].long()))
                shares += share
        total, shares = distributed.sum_numbers([total, shares])
        return matrix.reduce(), total / shares if shares else float("nan")

    def _ignored(self, num_classes: int) -> int:
        """Return the label that scores leave out: the one that the loss ignores, if it is a class, else void."""
        ignored = getattr(self.loss_function, "ignore_index", VOID)
        return ignored if isinstance(ignored, int) and 0 <= ignored < num_classes else VOID

    def settings(self) -> dict[str, Any]:
        """Return loss, preprocessing and the outputs' weights."""
        return {
            "loss": describe(self.loss_function),
            "preprocessing": to_record(self.preprocessing),
            "output_weights": self.weights,
        }


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
    return check_sample(image, label_map, name)


_MEND_VOID = f"give it ignore_index={VOID}, or take se.CrossEntropy()"


def _void_at(loss: Loss) -> str:
    return f"label maps hold void, {VOID}, and the loss {_brief(loss)}"


def _brief(loss: Any) -> str:
    """Return what a loss is called in a sentence."""
    if isinstance(loss, type):
        return f"the class {loss.__name__}"
    return getattr(loss, "__name__", None) or (type(loss).__name__ if callable(loss) else repr(loss))
