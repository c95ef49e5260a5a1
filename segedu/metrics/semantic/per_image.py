"""One confusion matrix for each image: scores per image, and how sure the score of the whole data set is.

A score on 60 images is a random number: other 60 images of the same kind would give another one.
The bootstrap asks how much another: draw as many images with replacement, add up their counts,
score, and repeat. Source: Efron & Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13
(percentile intervals).
"""

from collections.abc import Callable
from typing import NamedTuple, Self

import torch
from torch import Tensor

from segedu.metrics.checks import check_label_maps, void_label
from segedu.metrics.processes import gather_rows
from segedu.metrics.semantic.confusion import count_checked
from segedu.metrics.semantic.scores import MEANS
from segedu.scalars import real_number, whole_number
from segedu.seeding import checked_seed


class Interval(NamedTuple):
    """A score of the data set, and the bounds between which `level` of the resampled scores lie."""

    low: float
    score: float
    high: float


class ImageScores:
    """Count the pairs (target, prediction) of every image apart.

    counts: int64 (images, num_classes, num_classes) on the CPU, in the order of the updates; rows
    are target classes. `counts.sum(dim=0)` is the confusion matrix of the whole data set. Void
    pixels are not counted; an `ignore_index` that is a class is left out of the means, as in
    `ConfusionMatrix`.

    >>> prediction = torch.tensor([[[0, 1]], [[0, 0]]])
    >>> target = torch.tensor([[[0, 1]], [[0, 1]]])
    >>> scores = ImageScores(2).update(prediction, target)
    >>> scores.per_image("mean_iou").tolist(), scores.total("mean_iou")
    ([1.0, 0.25], 0.5833333333333333)
    """

    def __init__(self, num_classes: int, ignore_index: int | None = 255) -> None:
        num_classes = whole_number(num_classes, "num_classes")
        if num_classes < 1:
            raise ValueError(f"num_classes is {num_classes}; a confusion matrix needs at least one class.")
        self.num_classes = num_classes
        self.ignore_index = void_label(ignore_index)
        self.counts = torch.zeros(0, num_classes, num_classes, dtype=torch.int64)

    def update(self, prediction: Tensor, target: Tensor) -> Self:
        """Add one image (H, W) or a batch (N, H, W) of integer label maps; raises as `confusion_matrix` does."""
        prediction = torch.as_tensor(prediction)
        target = torch.as_tensor(target)
        check_label_maps(prediction, target)

        height, width = target.shape[-2:]
        predictions = prediction.reshape(-1, height, width)
        targets = target.reshape(-1, height, width)
        matrices = [self.counts]
        for pair in zip(predictions, targets, strict=True):
            matrix = count_checked(*pair, self.num_classes, self.ignore_index)
            matrices.append(matrix[None])
        self.counts = torch.cat(matrices)
        return self

    def merge(self, other: "ImageScores") -> Self:
        """Append another's images; raises ValueError if it has other classes or another void."""
        ours = (self.num_classes, self.ignore_index)
        theirs = (other.num_classes, other.ignore_index)
        if ours != theirs:
            raise ValueError(f"(num_classes, ignore_index) is {ours} here and {theirs} there; merge equal ones only.")
        self.counts = torch.cat([self.counts, other.counts])
        return self

    def reduce(self) -> Self:
        """Collect the images of all processes, where process r of w has seen the images r, r + w, …, in that order."""
        parts = gather_rows(self.counts)
        longest = max(map(len, parts))
        matrices = [part[turn] for turn in range(longest) for part in parts if turn < len(part)]
        if matrices:
            self.counts = torch.stack(matrices)
        return self

    def per_image(self, score: str = "mean_iou") -> Tensor:
        """Return each image's own score: float64 (images,), NaN for an image that is void throughout.

        score: "pixel_accuracy", "mean_accuracy", "mean_iou", "mean_dice" or
        "frequency_weighted_iou".
        """
        return _function(score)(self.counts, self.ignore_index)

    def total(self, score: str = "mean_iou") -> float:
        """Return the score of the sums over all images, as `ConfusionMatrix` has it."""
        return float(_function(score)(self.counts.sum(dim=0), self.ignore_index))

    def interval(
        self,
        score: str = "mean_iou",
        level: float = 0.95,
        samples: int = 2000,
        seed: int = 0,
    ) -> Interval:
        """Return the score of the data set and its bootstrap confidence interval over images.

        Pixels of one image depend on each other, so images are drawn, not pixels.

        Args:
            score: as in `per_image`.
            level: The share of the resampled scores that the interval holds, between 0 and 1.
            samples: How many data sets of as many images are drawn.
            seed: The same seed gives the same interval.

        Raises:
            ValueError: There are fewer than two images, the level isn't between 0 and 1, or there
                is no such score.
        """
        low, high = _quantiles(self._resampled(score, samples, seed), level)
        return Interval(low, self.total(score), high)

    def difference(
        self,
        other: "ImageScores",
        score: str = "mean_iou",
        level: float = 0.95,
        samples: int = 2000,
        seed: int = 0,
    ) -> Interval:
        """Return how much better this model is than the other on the same images, with its bootstrap interval.

        Both are scored on the same drawn images, so what makes an image hard for both cancels out.
        If the interval holds 0, these images can't tell which model is better. Arguments and errors
        as in `interval`.

        Raises:
            ValueError: The other has seen other images or classes.
        """
        if not self._has_targets_of(other):
            raise ValueError(
                f"{self!r} and {other!r} have not seen the same targets; give both models the same images in one order."
            )
        ours = self._resampled(score, samples, seed)
        theirs = other._resampled(score, samples, seed)
        low, high = _quantiles(ours - theirs, level)
        return Interval(low, self.total(score) - other.total(score), high)

    def _has_targets_of(self, other: "ImageScores") -> bool:
        """Whether each image has as many target pixels of each class as the other's."""
        return torch.equal(self.counts.sum(dim=-1), other.counts.sum(dim=-1))

    def _resampled(self, score: str, samples: int, seed: int) -> Tensor:
        """Return the score of each of `samples` data sets of as many images, drawn with replacement."""
        images = len(self.counts)
        if images < 2:
            raise ValueError(f"there are {images} images; an interval over images needs at least two.")
        samples = whole_number(samples, "samples")
        if samples < 1:
            raise ValueError(f"samples={samples}; draw at least one sample.")

        # How often each image is drawn, (samples, images).
        generator = torch.Generator().manual_seed(checked_seed(seed))
        draws = torch.randint(images, (samples, images), generator=generator)
        times = torch.zeros(samples, images, dtype=torch.float64)
        times.scatter_add_(1, draws, torch.ones_like(draws, dtype=torch.float64))

        # The matrices of the drawn images, added up. Exact: far below 2 ** 53.
        sums = times @ self.counts.double().flatten(1)
        matrices = sums.unflatten(1, self.counts.shape[1:])  # (samples, C, C)
        return _function(score)(matrices, self.ignore_index)

    def __repr__(self) -> str:
        return f"ImageScores(num_classes={self.num_classes}, images={len(self.counts)})"


def _quantiles(scores: Tensor, level: float) -> list[float]:
    level = real_number(level, "level")
    if not 0 < level < 1:
        raise ValueError(f"level={level}; give a level between 0 and 1, such as 0.95.")
    ends = [(1 - level) / 2, (1 + level) / 2]
    return scores.nanquantile(torch.tensor(ends, dtype=torch.float64)).tolist()


def _function(score: str) -> Callable[[Tensor, int | None], Tensor]:
    if score not in MEANS:
        raise ValueError(f"there is no score {score!r}; choose one of {', '.join(MEANS)}.")
    return MEANS[score]
