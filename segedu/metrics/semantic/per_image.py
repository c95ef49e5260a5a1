"""One confusion matrix for each image: scores per image, and how sure the score of the whole data set is.

A score on 60 images is a random number: other 60 images of the same kind would give another one. The bootstrap asks how
much another: draw as many images with replacement, add up their counts, score, and repeat.
Source: Efron & Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13 (percentile intervals).
"""

from collections.abc import Callable
from typing import NamedTuple, Self

import torch
from torch import Tensor

from segedu.metrics.checks import check_label_maps
from segedu.metrics.processes import gather_rows
from segedu.metrics.semantic.confusion import count_checked
from segedu.metrics.semantic.scores import MEANS


class Interval(NamedTuple):
    """A score of the data set, and the bounds between which `level` of the resampled scores lie."""

    low: float
    score: float
    high: float


class ImageScores:
    """Count the pairs (target, prediction) of every image apart.

    counts: int64 (images, num_classes, num_classes) on the CPU, in the order of the updates; rows are target classes.
    `counts.sum(dim=0)` is the confusion matrix of the whole data set. Void pixels are not counted.

    >>> scores = ImageScores(2).update(torch.tensor([[[0, 1]], [[0, 0]]]), torch.tensor([[[0, 1]], [[0, 1]]]))
    >>> scores.per_image("mean_iou").tolist(), scores.total("mean_iou")
    ([1.0, 0.25], 0.5833333333333333)
    """

    def __init__(self, num_classes: int, ignore_index: int | None = 255) -> None:
        if num_classes < 1:
            raise ValueError(f"num_classes is {num_classes}; a confusion matrix needs at least one class.")
        self.num_classes = num_classes
        self.ignore_index = ignore_index
        self.counts = torch.zeros(0, num_classes, num_classes, dtype=torch.int64)

    def update(self, prediction: Tensor, target: Tensor) -> Self:
        """Add one image (H, W) or a batch (N, H, W) of integer label maps; raises as `confusion_matrix` does."""
        prediction, target = torch.as_tensor(prediction), torch.as_tensor(target)
        check_label_maps(prediction, target)
        size = target.shape[-2:]
        images = zip(prediction.reshape(-1, *size), target.reshape(-1, *size), strict=True)
        counts = [count_checked(p, t, self.num_classes, self.ignore_index) for p, t in images]
        self.counts = torch.cat([self.counts, *(one[None] for one in counts)])
        return self

    def merge(self, other: "ImageScores") -> Self:
        """Append another's images; raises ValueError if it has other classes or another void."""
        ours, theirs = (self.num_classes, self.ignore_index), (other.num_classes, other.ignore_index)
        if ours != theirs:
            raise ValueError(f"(num_classes, ignore_index) is {ours} here and {theirs} there; merge equal ones only.")
        self.counts = torch.cat([self.counts, other.counts])
        return self

    def reduce(self) -> Self:
        """Collect the images of all processes, where process r of w has seen the images r, r + w, …, in that order."""
        parts = gather_rows(self.counts)
        longest = max(map(len, parts))
        turns = [part[turn] for turn in range(longest) for part in parts if turn < len(part)]
        self.counts = torch.stack(turns) if turns else self.counts
        return self

    def per_image(self, score: str = "mean_iou") -> Tensor:
        """Return each image's own score: float64 (images,), NaN for an image that is void throughout.

        score: "pixel_accuracy", "mean_accuracy", "mean_iou", "mean_dice" or "frequency_weighted_iou".
        """
        return _function(score)(self.counts)

    def total(self, score: str = "mean_iou") -> float:
        """Return the score of the sums over all images, as `ConfusionMatrix` has it."""
        return float(_function(score)(self.counts.sum(dim=0)))

    def interval(self, score: str = "mean_iou", level: float = 0.95, samples: int = 2000, seed: int = 0) -> Interval:
        """Return the score of the data set and its bootstrap confidence interval over images.

        samples: how many data sets of as many images are drawn. The same seed gives the same interval. Pixels of one
        image depend on each other, so images are drawn, not pixels. Raises ValueError for fewer than two images.
        """
        low, high = _quantiles(self._resampled(score, samples, seed), level)
        return Interval(low, self.total(score), high)

    def difference(
        self, other: "ImageScores", score: str = "mean_iou", level: float = 0.95, samples: int = 2000, seed: int = 0
    ) -> Interval:
        """Return how much better this model is than the other on the same images, with its bootstrap interval.

        Both are scored on the same drawn images, so what makes an image hard for both cancels out. If the interval
        holds 0, these images can't tell which model is better. Raises ValueError for other images or classes.
        """
        if self.counts.shape != other.counts.shape or bool(
            (self.counts.sum(dim=-1) != other.counts.sum(dim=-1)).any()  # pixels per class of the targets
        ):
            raise ValueError(
                f"{self!r} and {other!r} have not seen the same targets; give both models the same images in one order."
            )
        differences = self._resampled(score, samples, seed) - other._resampled(score, samples, seed)
        low, high = _quantiles(differences, level)
        return Interval(low, self.total(score) - other.total(score), high)

    def _resampled(self, score: str, samples: int, seed: int) -> Tensor:
        """Return the score of each of `samples` data sets of as many images, drawn with replacement."""
        images = len(self.counts)
        if images < 2:
            raise ValueError(f"there are {images} images; an interval over images needs at least two.")
        if samples < 1:
            raise ValueError(f"samples={samples}; draw at least one sample.")
        draws = torch.randint(images, (samples, images), generator=torch.Generator().manual_seed(seed))
        times = torch.zeros(samples, images, dtype=torch.float64)
        times.scatter_add_(1, draws, torch.ones_like(draws, dtype=torch.float64))  # how often each image was drawn
        sums = times @ self.counts.double().flatten(1)  # exact: far below 2 ** 53
        return _function(score)(sums.unflatten(1, self.counts.shape[1:]))

    def __repr__(self) -> str:
        return f"ImageScores(num_classes={self.num_classes}, images={len(self.counts)})"


def _quantiles(scores: Tensor, level: float) -> list[float]:
    if not 0 < level < 1:
        raise ValueError(f"level={level}; give a level between 0 and 1, such as 0.95.")
    tails = torch.tensor([(1 - level) / 2, (1 + level) / 2], dtype=torch.float64)
    return scores.nanquantile(tails).tolist()


def _function(score: str) -> Callable[[Tensor], Tensor]:
    if score not in MEANS:
        raise ValueError(f"there is no score {score!r}; choose one of {', '.join(MEANS)}.")
    return MEANS[score]
