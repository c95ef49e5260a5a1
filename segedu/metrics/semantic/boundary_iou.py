"""Boundary IoU: the IoU of the bands along the outlines, so that a large object's inside can't hide a bad edge.

Definition (Cheng et al., CVPR 2021, "Boundary IoU", equation 3): the band of a mask is the part of it that a pixel
outside of the mask, or the image's border, is nearer to than `width` pixels. A band is what erosion takes away, with a
3 × 3 square, `width` times. Boundary IoU is the IoU of the two bands. Void is cut out of both maps first: next to void
no band begins.
"""

from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.labels import check_range
from segedu.metrics.checks import check_label_maps
from segedu.metrics.processes import sum_counts

_VOID = -1


class BoundaryIoU:
    """Count, over any number of images, the pixels of each class's bands and those that the bands share.

    counts: int64 (3, num_classes): both bands, the prediction's, the target's. It adds up.
    ratio: the band's width as a share of the image's diagonal, 0.02 in the paper, at least one pixel;
    width: the band's width in pixels instead, for all images alike.

    >>> score = BoundaryIoU(num_classes=2, width=1).update(torch.zeros(3, 5).long(), torch.zeros(3, 5).long())
    >>> score.counts[:, 0].tolist(), score.iou().tolist()
    ([12, 12, 12], [1.0, nan])
    """

    def __init__(
        self, num_classes: int, ratio: float = 0.02, width: int | None = None, ignore_index: int | None = 255
    ) -> None:
        if num_classes < 1 or ratio <= 0 or (width is not None and width < 1):
            raise ValueError(
                f"num_classes={num_classes}, ratio={ratio}, width={width}; give at least 1 class, a ratio above 0 and "
                "a width of at least 1 pixel (or None)."
            )
        self.num_classes, self.ratio, self.width, self.ignore_index = num_classes, ratio, width, ignore_index
        self.counts = torch.zeros(3, num_classes, dtype=torch.int64)

    def update(self, prediction: Tensor, target: Tensor) -> Self:
        """Add label maps (H, W) or (N, H, W), integer, of equal shape; raises as `confusion_matrix` does."""
        prediction, target = torch.as_tensor(prediction), torch.as_tensor(target)
        check_label_maps(prediction, target)
        void = torch.zeros_like(target, dtype=torch.bool) if self.ignore_index is None else target == self.ignore_index
        check_range(target[~void], self.num_classes, self.ignore_index, "target")
        check_range(prediction[~void], self.num_classes, None, "prediction")
        predicted, wanted = (
            band_labels(labels.long().masked_fill(void, _VOID), self._width(target.shape[-2:]))
            for labels in (prediction, target)
        )
        both = predicted[(predicted == wanted) & (wanted != _VOID)]
        for row, labels in enumerate((both, predicted[predicted != _VOID], wanted[wanted != _VOID])):
            self.counts[row] += torch.bincount(labels, minlength=self.num_classes).cpu()
        return self

    def _width(self, size: torch.Size) -> int:
        if self.width is not None:
            return self.width
        return max(1, round(self.ratio * (size[0] ** 2 + size[1] ** 2) ** 0.5))

    def merge(self, other: "BoundaryIoU") -> Self:
        """Add the counts of another score; raises ValueError if its settings differ."""
        ours, theirs = self._settings(), other._settings()
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
        both, predicted, wanted = self.counts.double()
        return both / (predicted + wanted - both)

    def mean_iou(self) -> float:
        """Return the mean of `iou` over the classes that occur in target or prediction."""
        return float(self.iou().nanmean())

    def _settings(self) -> tuple[int, float, int | None, int | None]:
        return self.num_classes, self.ratio, self.width, self.ignore_index

    def __repr__(self) -> str:
        band = f"width={self.width}" if self.width else f"ratio={self.ratio}"
        return f"BoundaryIoU(num_classes={self.num_classes}, {band}, mean_iou={self.mean_iou():.4f})"


def band_labels(label_map: Tensor, width: int) -> Tensor:
    """Keep the labels of each class's band, −1 elsewhere: int64 of the shape of label_map (…, H, W), −1 being void.

    A pixel is in its class's band if the square of 2·width + 1 pixels around it holds another class or leaves the
    image. Largest and smallest label of the square tell that, for all classes at once.

    >>> band_labels(torch.tensor([[0, 0, 0, 1, 1, 1]] * 3), width=1)[1].tolist()
    [0, -1, 0, 1, -1, 1]
    """
    labels = label_map.reshape(-1, 1, *label_map.shape[-2:]).double()
    outside = float(labels.max()) + 1  # no class: the border
    largest = _largest(labels.masked_fill(labels == _VOID, -torch.inf), width, outside)
    smallest = -_largest(-labels.masked_fill(labels == _VOID, torch.inf), width, -outside)
    band = ((largest != labels) | (smallest != labels)).view(label_map.shape)
    return label_map.masked_fill(~band, _VOID)


def _largest(labels: Tensor, width: int, outside: float) -> Tensor:
    """Return the largest value of the square around each pixel, one axis after the other."""
    labels = F.pad(labels, (width, width, width, width), value=outside)
    return F.max_pool2d(F.max_pool2d(labels, (1, 2 * width + 1), stride=1), (2 * width + 1, 1), stride=1)
