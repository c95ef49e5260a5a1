"""Targets of semantic segmentation, and the ways between them: labels, one-hot channels, colors.

Label maps are integer (H, W) with void 255, or batches (N, H, W) of them.
"""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.labels import VOID, check_integers, check_range


def to_one_hot(label_map: Tensor, num_classes: int, ignore_index: int = VOID) -> Tensor:
    """Return (C, H, W) or (N, C, H, W), float32: 1 in the channel of a pixel's class; void is 0 in all channels.

    Raises TypeError for a float label map, ValueError for a label that is neither 0 … C − 1 nor void.

    >>> to_one_hot(torch.tensor([[0, 2, 255]]), num_classes=3)[:, 0].tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    label_map = torch.as_tensor(label_map)
    check_integers(label_map, "label map")
    valid = label_map != ignore_index
    check_range(label_map[valid], num_classes, ignore_index, "label map")
    channels = F.one_hot(label_map.long().masked_fill(~valid, 0), num_classes) * valid[..., None]
    return channels.movedim(-1, -3).float()


def from_one_hot(channels: Tensor, ignore_index: int = VOID) -> Tensor:
    """Return the label map (…, H, W), int64, of one-hot channels or scores (…, C, H, W); void where all are 0.

    Of equal scores the first class wins, as with `argmax`.

    >>> from_one_hot(to_one_hot(torch.tensor([[0, 2, 255]]), num_classes=3)).tolist()
    [[0, 2, 255]]
    """
    labels = channels.argmax(dim=-3)
    return labels.masked_fill((channels == 0).all(dim=-3), ignore_index)


def labels_to_colors(label_map: Tensor, colors: np.ndarray, void_color: Sequence[int] = (0, 0, 0)) -> Tensor:
    """Return the picture (3, H, W), uint8, of a label map (H, W): row c of `colors` (C, 3), uint8, is class c's color.

    >>> labels_to_colors(torch.tensor([[1, 255]]), np.array([[9, 9, 9], [10, 20, 30]], dtype=np.uint8))[:, 0].tolist()
    [[10, 0], [20, 0], [30, 0]]
    """
    labels = torch.as_tensor(label_map).long()
    check_range(labels[labels != VOID], len(colors), VOID, "label map")
    table = np.concatenate([np.asarray(colors, dtype=np.uint8), np.array([void_color], dtype=np.uint8)])
    rows = torch.where(labels == VOID, len(colors), labels)
    return torch.from_numpy(table)[rows].movedim(-1, 0)


def colors_to_labels(
    picture: Tensor | np.ndarray, colors: np.ndarray, void_colors: Sequence[Sequence[int]] = ((0, 0, 0),)
) -> Tensor:
    """Return the label map (H, W), int64, of a color-coded picture (3, H, W) or (H, W, 3), uint8.

    Each pixel must have exactly one of the `colors` (C, 3), or a void color. Raises ValueError naming the first other
    color and where it is: such pictures were saved as JPEG, or resized with interpolation.

    >>> picture = labels_to_colors(torch.tensor([[1, 255]]), np.array([[9, 9, 9], [10, 20, 30]], dtype=np.uint8))
    >>> colors_to_labels(picture, np.array([[9, 9, 9], [10, 20, 30]])).tolist()
    [[1, 255]]
    """
    pixels = np.asarray(picture)
    if pixels.ndim != 3 or pixels.dtype != np.uint8 or 3 not in (pixels.shape[0], pixels.shape[-1]):
        raise ValueError(
            f"the picture is {pixels.dtype} of shape {pixels.shape}; expected uint8 (3, H, W) or (H, W, 3)."
        )
    pixels = np.moveaxis(pixels, 0, -1) if pixels.shape[-1] != 3 else pixels
    labels = np.full(pixels.shape[:2], -1)
    for label, color in [(VOID, c) for c in void_colors] + list(enumerate(np.asarray(colors))):
        labels[(pixels == np.asarray(color, dtype=np.uint8)).all(axis=-1)] = label
    unknown = np.argwhere(labels == -1)
    if len(unknown):
        row, column = unknown[0].tolist()
        count = "1 pixel has" if len(unknown) == 1 else f"{len(unknown)} pixels have"
        raise ValueError(
            f"{count} a color of no class, the first {tuple(pixels[row, column].tolist())} in row "
            f"{row}, column {column}: give its class or name it void; mixed colors come from JPEG or from resizing."
        )
    return torch.from_numpy(labels)
