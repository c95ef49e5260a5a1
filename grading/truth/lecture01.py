"""The right answers to the exercises of lecture 01; never part of the wheel."""

import torch
from scipy import ndimage
from torch import Tensor

from segedu.data.forms.panoptic import panoptic_map
from segedu.data.forms.targets import from_one_hot
from segedu.data.forms.targets import to_one_hot as one_hot


def to_one_hot(label_map: Tensor, num_classes: int) -> Tensor:
    """Return the channels (C, H, W); void is 0 in all of them."""
    return one_hot(label_map, num_classes)


def to_labels(channels: Tensor) -> Tensor:
    """Return the label map (H, W); void where all channels are 0."""
    return from_one_hot(channels)


def count_regions(mask: Tensor) -> int:
    """Return the number of regions that are connected by edges."""
    _, count = ndimage.label(mask.numpy())  # by default joined by edges alone
    return count


def another_world(panoptic: Tensor) -> Tensor:
    """Return a map of the same classes in which the things of each class are merged, or one is split."""
    merged = torch.where(panoptic % 1000 > 0, panoptic // 1000 * 1000 + 1, panoptic)
    if len(merged.unique()) < len(panoptic.unique()):
        return merged
    ids, sizes = panoptic[panoptic % 1000 > 0].unique(return_counts=True)
    row, column = (panoptic == ids[sizes.argmax()]).nonzero()[0]
    merged[row, column] += 1
    return merged


def panoptic_ids(label_map: Tensor, masks: Tensor, labels: Tensor) -> Tensor:
    """Return class · 1000 + instance, things numbered within their class."""
    return panoptic_map(label_map, masks, labels)
