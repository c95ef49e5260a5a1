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

    Args:
        label_map: integer (H, W) or (N, H, W).
        num_classes: C; labels are 0 … C − 1.
        ignore_index: The label of void.

    Raises:
        TypeError: The label map is float.
        ValueError: A label is neither 0 … C − 1 nor void.

    >>> to_one_hot(torch.tensor([[0, 2, 255]]), num_classes=3)[:, 0].tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    label_map = torch.as_tensor(label_map)
    check_integers(label_map, "label map")
    valid = label_map != ignore_index
    check_range(label_map[valid], num_classes, ignore_index, "label map")
    labels = label_map.long().masked_fill(~valid, 0)
    channels = F.one_hot(labels, num_classes) * valid[..., None]  # (…, H, W, C)
    return channels.movedim(-1, -3).float()


def from_one_hot(channels: Tensor, ignore_index: int = VOID) -> Tensor:
    """Return the label map (…, H, W), int64, of one-hot channels or scores (…, C, H, W); void where all are 0.

    Of equal scores the first class wins, as with `argmax`.

    >>> from_one_hot(to_one_hot(torch.tensor([[0, 2, 255]]), num_classes=3)).tolist()
    [[0, 2, 255]]
    """
    labels = channels.argmax(dim=-3)
    void = (channels == 0).all(dim=-3)
    return labels.masked_fill(void, ignore_index)


def labels_to_colors(
    label_map: Tensor,
    colors: np.ndarray,
    void_color: Sequence[int] = (0, 0, 0),
) -> Tensor:
    """Return the picture (3, H, W), uint8, of a label map.

    Args:
        label_map: integer (H, W).
        colors: (C, 3), uint8: row c is class c's color.
        void_color: The color of void.

    Raises:
        ValueError: A label is neither 0 … C − 1 nor void.

    >>> colors = np.array([[9, 9, 9], [10, 20, 30]], dtype=np.uint8)
    >>> labels_to_colors(torch.tensor([[1, 255]]), colors)[:, 0].tolist()
    [[10, 0], [20, 0], [30, 0]]
    """
    labels = torch.as_tensor(label_map).long()
    check_range(labels[labels != VOID], len(colors), VOID, "label map")
    table = np.asarray(colors, dtype=np.uint8)
    table = np.vstack([table, np.array(void_color, dtype=np.uint8)])  # void's color stands last
    rows = torch.where(labels == VOID, len(colors), labels)
    picture = torch.from_numpy(table)[rows]  # (H, W, 3)
    return picture.movedim(-1, 0)


def colors_to_labels(
    picture: Tensor | np.ndarray,
    colors: np.ndarray,
    void_colors: Sequence[Sequence[int]] = ((0, 0, 0),),
) -> Tensor:
    """Return the label map (H, W), int64, of a color-coded picture.

    Args:
        picture: (3, H, W) or (H, W, 3), uint8; each pixel has exactly one of the colors.
        colors: (C, 3): row c is class c's color.
        void_colors: The colors of void.

    Raises:
        ValueError: The picture is no such array, or a pixel has another color; the first is named,
            and where it is: such pictures were saved as JPEG, or resized with interpolation.

    >>> colors = np.array([[9, 9, 9], [10, 20, 30]], dtype=np.uint8)
    >>> picture = labels_to_colors(torch.tensor([[1, 255]]), colors)
    >>> colors_to_labels(picture, colors).tolist()
    [[1, 255]]
    """
    pixels = np.asarray(picture)
    if pixels.ndim != 3 or pixels.dtype != np.uint8 or 3 not in (pixels.shape[0], pixels.shape[-1]):
        raise ValueError(
            f"the picture is {pixels.dtype} of shape {pixels.shape}; expected uint8 (3, H, W) or (H, W, 3)."
        )
    if pixels.shape[-1] != 3:
        pixels = np.moveaxis(pixels, 0, -1)  # (H, W, 3)

    labels = np.full(pixels.shape[:2], -1)
    meanings = [(color, VOID) for color in void_colors]
    meanings += [(color, label) for label, color in enumerate(np.asarray(colors))]
    for color, label in meanings:
        same = (pixels == np.asarray(color, dtype=np.uint8)).all(axis=-1)
        labels[same] = label
    _check_known(labels, pixels)
    return torch.from_numpy(labels)


def _check_known(labels: np.ndarray, pixels: np.ndarray) -> None:
    """Raise ValueError if a pixel (H, W, 3) has the label −1: its color is of no class."""
    unknown = np.argwhere(labels == -1)
    if not len(unknown):
        return
    row, column = unknown[0].tolist()
    color = tuple(pixels[row, column].tolist())
    count = "1 pixel has" if len(unknown) == 1 else f"{len(unknown)} pixels have"
    raise ValueError(
        f"{count} a color of no class, the first {color} in row "
        f"{row}, column {column}: give its class or name it void; mixed colors come from JPEG or from resizing."
    )
