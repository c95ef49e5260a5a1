"""Boundary IoU: the IoU of the bands along the outlines, so that a large object's inside can't hide a bad edge.

Definition (Cheng et al., CVPR 2021, "Boundary IoU", equation 3): the band of a mask is the part of
it that a pixel outside of the mask, or the image's border, is nearer to than `width` pixels. A band
is what erosion takes away, with a 3 × 3 square, `width` times. Boundary IoU is the IoU of the two
bands. Void is cut out of both maps first: next to void no band begins.
"""

from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.metrics.checks import checked_maps, void_label
from segedu.metrics.processes import sum_counts
from segedu.metrics.semantic.scores import without_ignored
from segedu.scalars import real_number, whole_number

_VOID = -1


class BoundaryIoU:
    """Count, over any number of images, the pixels of each class's bands and those that the bands share.

    counts: int64 (3, num_classes): both bands, the prediction's, the target's. It adds up.

    Args:
        num_classes: C, at least 1.
        ratio: The band's width as a share of the image's diagonal, 0.02 in the paper; at least one
            pixel.
        width: The band's width in pixels instead, for all images alike.
        ignore_index: The label of void, or None for no void; one of the classes is NaN in the scores.

    Raises:
        ValueError: There is no class, or the band has no width.

    >>> empty = torch.zeros(3, 5).long()
    >>> score = BoundaryIoU(num_classes=2, width=1).update(empty, empty)
    >>> score.counts[:, 0].tolist(), score.iou().tolist()
    ([12, 12, 12], [1.0, nan])
    """

    def __init__(
        self,
        num_classes: int,
        ratio: float = 0.02,
        width: int | None = None,
        ignore_index: int | None = 255,
    ) -> None:
        num_classes = whole_number(num_classes, "num_classes")
        ratio = real_number(ratio, "ratio")
        if width is not None:
            width = whole_number(width, "width")
        if num_classes < 1 or ratio <= 0 or (width is not None and width < 1):
            raise ValueError(
                f"num_classes={num_classes}, ratio={ratio}, width={width}; give at least 1 class, a ratio above 0 and "
                "a width of at least 1 pixel (or None)."
            )
        self.num_classes = num_classes
        self.ratio = ratio
        self.width = width
        self.ignore_index = void_label(ignore_index)
        self.counts = torch.zeros(3, num_classes, dtype=torch.int64)

    def update(self, prediction: Tensor, target: Tensor) -> Self:
        """Add label maps (H, W) or (N, H, W), integer, of equal shape; raises as `confusion_matrix` does."""
        prediction, target = checked_maps(prediction, target, self.num_classes, self.ignore_index, void=_VOID)
        height, width = target.shape[-2:]
        reach = self._width(height, width)
        prediction_band = band_labels(prediction, reach)
        target_band = band_labels(target, reach)

        both = target_band.masked_fill(prediction_band != target_band, _VOID)
        for row, band in enumerate((both, prediction_band, target_band)):
            labels = band[band != _VOID]
            self.counts[row] += torch.bincount(labels, minlength=self.num_classes).cpu()
        return self

    def _width(self, height: int, width: int) -> int:
        if self.width is not None:
            return self.width
        diagonal = (height**2 + width**2) ** 0.5
        return max(1, round(self.ratio * diagonal))

    def merge(self, other: "BoundaryIoU") -> Self:
        """Add the counts of another score; raises ValueError if its settings differ."""
        ours = self._settings()
        theirs = other._settings()
        if ours != theirs:
            raise ValueError(
                f"(num_classes, ratio, width, ignore_index) is {ours} here and {theirs} there; merge equal ones only."
            )
        self.counts += other.counts
        return self

    def reduce(self) -> Self:
        """Add the counts of all processes of torch.distributed, once, at the end; with one process, do nothing."""
        self.counts = sum_counts(self.counts)
        return self

    def iou(self) -> Tensor:
        """Return per class shared band / united bands: float64 (C,) in [0, 1], NaN for an absent class."""
        both, prediction, target = self.counts.double()
        return without_ignored(both / (prediction + target - both), self.ignore_index)

    def mean_iou(self) -> float:
        """Return the mean of `iou` over the classes that occur in target or prediction."""
        return float(self.iou().nanmean())

    def _settings(self) -> tuple[int, float, int | None, int | None]:
        return self.num_classes, self.ratio, self.width, self.ignore_index

    def __repr__(self) -> str:
        band = f"width={self.width}" if self.width else f"ratio={self.ratio}"
        return f"BoundaryIoU(num_classes={self.num_classes}, {band}, mean_iou={self.mean_iou():.4f})"


def band_labels(label_map: Tensor, width: int) -> Tensor:
    """Keep the labels of each class's band, −1 elsewhere.

    A pixel is in its class's band if the square of 2·width + 1 pixels around it holds another class
    or leaves the image. Largest and smallest label of the square tell that, for all classes at
    once.

    Args:
        label_map: int64 (…, H, W), −1 being void.
        width: The band's width in pixels.

    Returns:
        int64 (…, H, W).

    >>> band_labels(torch.tensor([[0, 0, 0, 1, 1, 1]] * 3), width=1)[1].tolist()
    [0, -1, 0, 1, -1, 1]
    """
    labels = label_map.reshape(-1, 1, *label_map.shape[-2:]).double()
    void = labels == _VOID
    outside = float(labels.max()) + 1  # no class: the border

    # Void is never the largest or the smallest; the border is a class of its own.
    largest = _largest(labels.masked_fill(void, -torch.inf), width, outside)
    smallest = -_largest(-labels.masked_fill(void, torch.inf), width, -outside)
    inside = (largest == labels) & (smallest == labels)
    return label_map.masked_fill(inside.view(label_map.shape), _VOID)


def _largest(labels: Tensor, width: int, outside: float) -> Tensor:
    """Return the largest value of the square around each pixel, one axis after the other."""
    side = 2 * width + 1
    padded = F.pad(labels, (width, width, width, width), value=outside)
    rows = F.max_pool2d(padded, (1, side), stride=1)
    return F.max_pool2d(rows, (side, 1), stride=1)
