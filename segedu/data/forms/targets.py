"""Targets of semantic segmentation, and the ways between them: labels, one-hot channels, colors.

Label maps are integer (H, W) with void 255, or batches (N, H, W) of them.
"""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.data.forms.pictures import color_picture
from segedu.labels import VOID, check_integers, check_range
from segedu.scalars import whole_number


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
    num_classes = whole_number(num_classes, "num_classes", at_least=1)
    label_map = torch.as_tensor(label_map)
    check_integers(label_map, "label map")
    labels = label_map.long()  # unsigned 16 and 32 bit can't be compared
    valid = labels != ignore_index
    check_range(labels[valid], num_classes, ignore_index, "label map")
    labels = labels.masked_fill(~valid, 0)
    channels = F.one_hot(labels, num_classes) * valid[..., None]  # (…, H, W, C)
    return channels.movedim(-1, -3).float()


def from_one_hot(channels: Tensor, ignore_index: int = VOID) -> Tensor:
    """Return the label map (…, H, W), int64, of one-hot channels or scores (…, C, H, W); void where all are 0.

    Of equal scores the first class wins, as with `argmax`.

    Args:
        channels: (…, C, H, W), of any type.
        ignore_index: The label that void gets.

    Raises:
        ValueError: There are no channels.

    >>> from_one_hot(to_one_hot(torch.tensor([[0, 2, 255]]), num_classes=3)).tolist()
    [[0, 2, 255]]
    """
    channels = torch.as_tensor(channels)
    if channels.ndim < 3:
        raise ValueError(f"the channels have shape {tuple(channels.shape)}; expected (C, H, W) or (N, C, H, W).")
    if channels.dtype == torch.bool:
        channels = channels.byte()  # bool has no largest
    elif not (channels.is_floating_point() or channels.dtype == torch.uint8):
        channels = channels.long()  # nor have unsigned 16 and 32 bit
    labels = channels.argmax(dim=-3)
    void = (channels == 0).all(dim=-3)
    return labels.masked_fill(void, ignore_index)


def labels_to_colors(
    label_map: Tensor,
    colors: np.ndarray,
    void_color: Sequence[int] = (0, 0, 0),
) -> Tensor:
    """Return the picture (3, H, W), uint8, of a label map; (N, 3, H, W) of a batch.

    Args:
        label_map: integer (H, W) or (N, H, W).
        colors: (C, 3): row c is class c's color, as integers 0 … 255 or floats from 0 to 1. Two
            classes of one color can't be told apart again.
        void_color: The color of void.

    Raises:
        TypeError: The label map is float.
        ValueError: A label is neither 0 … C − 1 nor void, or the colors are no such table.

    >>> colors = np.array([[9, 9, 9], [10, 20, 30]], dtype=np.uint8)
    >>> labels_to_colors(torch.tensor([[1, 255]]), colors)[:, 0].tolist()
    [[10, 0], [20, 0], [30, 0]]
    """
    label_map = torch.as_tensor(label_map).as_subclass(Tensor)
    check_integers(label_map, "label map")
    labels = label_map.long()
    table = color_table(colors)
    check_range(labels[labels != VOID], len(table), VOID, "label map")
    rows = torch.where(labels == VOID, len(table), labels)
    table = np.vstack([table, color_table([void_color])])  # void's color stands last
    picture = torch.from_numpy(table)[rows]  # (…, H, W, 3)
    return picture.movedim(-1, -3)


def color_table(colors: np.ndarray | Sequence[Sequence[float]]) -> np.ndarray:
    """Return colors as a table (C, 3), uint8: of integers 0 … 255, or of floats from 0 to 1.

    Raises:
        ValueError: It has other columns than red, green, blue, or numbers outside.

    >>> color_table([[0.0, 0.5, 1.0]]).tolist(), color_table([[0, 1, 255]]).tolist()
    ([[0, 128, 255]], [[0, 1, 255]])
    """
    table = np.asarray(colors)
    if table.ndim != 2 or table.shape[1] != 3 or table.dtype.kind not in "iuf":
        raise ValueError(
            f"the colors are {table.dtype} of shape {table.shape}; expected a table (C, 3), one row [red, green, blue] "
            "a class, without alpha."
        )
    if not table.size:
        return table.astype(np.uint8)
    low, high = table.min(), table.max()
    if table.dtype.kind == "f" and 0 <= low <= high <= 1:
        return np.round(255 * table.astype(np.float64)).astype(np.uint8)
    if not (0 <= low <= high <= 255 and (table == np.trunc(table)).all()):
        raise ValueError(
            f"the colors run from {low:g} to {high:g}; expected integers from 0 to 255, or floats from 0 to 1."
        )
    return table.astype(np.uint8)


def colors_to_labels(
    picture: Tensor | np.ndarray,
    colors: np.ndarray,
    void_colors: Sequence[Sequence[int]] = ((0, 0, 0),),
) -> Tensor:
    """Return the label map (H, W), int64, of a color-coded picture.

    Args:
        picture: (3, H, W) or (H, W, 3), uint8, or with opaque alpha; each pixel has exactly one of
            the colors.
        colors: (C, 3): row c is class c's color, as integers 0 … 255 or floats from 0 to 1.
        void_colors: The colors of void; a class of such a color keeps its pixels.

    Raises:
        TypeError: The picture holds floats.
        ValueError: The picture is no such array, two classes have one color, or a pixel has another
            color; the first is named, and where it is: such pictures were saved as JPEG, or resized
            with interpolation.

    >>> colors = np.array([[9, 9, 9], [10, 20, 30]], dtype=np.uint8)
    >>> picture = labels_to_colors(torch.tensor([[1, 255]]), colors)
    >>> colors_to_labels(picture, colors).tolist()
    [[1, 255]]
    """
    pixels = color_picture(picture)
    table = color_table(colors)
    _check_distinct(table)

    labels = np.full(pixels.shape[:2], -1)
    meanings = [(color, VOID) for color in color_table(void_colors)] if len(void_colors) else []
    meanings += [(color, label) for label, color in enumerate(table)]
    for color, label in meanings:
        labels[(pixels == color).all(axis=-1)] = label
    _check_known(labels, pixels)
    return torch.from_numpy(labels)


def _check_distinct(table: np.ndarray) -> None:
    """Raise ValueError if two classes have one color: a picture can't tell them apart."""
    first: dict[tuple[int, ...], int] = {}
    for label, color in enumerate(map(tuple, table.tolist())):
        if color in first:
            raise ValueError(f"classes {first[color]} and {label} have one color, {color}; give each its own.")
        first[color] = label


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
