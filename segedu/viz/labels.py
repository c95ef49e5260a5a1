"""Label maps as colors: one color per class, void as a gray hatch."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from segedu.data.palette import WRONG, hex_to_rgb
from segedu.viz.colors import Colors, color_table, rgb_to_hex
from segedu.viz.images import unit_image

VOID_LIGHT = 205  # the hatch's two grays, of 255
VOID_DARK = 150
VOID_COLOR = "#CDCDCD"  # the lighter of the two
VOID_NAME = "void"  # in legends, where a swatch of this name is hatched
WRONG_NAME = "wrong"  # likewise

_STRIPE = 3  # pixels: width of one stripe of a hatch, at least
_STRIPES_OF_WRONG = 24  # in the height of a picture, at most


def label_to_rgb(
    label_map: Tensor | np.ndarray,
    colors: Colors = None,
    ignore_index: int = 255,
) -> Tensor:
    """Return a label map as an image (3, H, W), float32 in [0, 1]; void is hatched in two grays.

    Args:
        label_map: (H, W) integers or booleans, each below the number of colors, or `ignore_index`.
        colors: (C, 3) uint8, as a data set's `.colors`, or a list of "#RRGGBB"; None takes the
            course's default colors.
        ignore_index: the label of void pixels.

    Raises:
        ValueError: the label map is not (H, W), or a label has no color.
        TypeError: the label map holds no integers.

    >>> label_to_rgb(torch.tensor([[0, 1]]), colors=[[255, 0, 0], [0, 0, 255]])[:, 0, 1]
    tensor([0., 0., 1.])
    """
    labels = _checked(label_map)
    void = labels == ignore_index
    lowest = int(labels[~void].min(initial=0))
    highest = int(labels[~void].max(initial=0))
    table = color_table(colors, highest + 1)
    if highest >= len(table) or lowest < 0:
        lowest = int(labels[~void].min())
        raise ValueError(
            f"the label map has labels from {lowest} to {highest}, but there are "
            f"{len(table)} colors; give one color per class, or mark void pixels as {ignore_index}."
        )
    rgb = table[np.where(void, 0, labels)]  # (H, W, 3)
    rgb[void] = _hatch(*labels.shape)[void][:, None]
    return torch.from_numpy(rgb.astype(np.float32) / 255).permute(2, 0, 1)


def wrong_stripes(height: int, width: int) -> Tensor:
    """Return the stripes of wrong pixels as an image (3, height, width), float32 in [0, 1].

    They run against those of void, and are as wide as can be told when a large picture is made small.
    """
    stripe = max(_STRIPE, height // _STRIPES_OF_WRONG)
    diagonal = np.arange(height)[:, None] - np.arange(width)[None, :]
    rgb = hex_to_rgb(*WRONG)[diagonal // stripe % 2]  # (height, width, 3)
    return torch.from_numpy(rgb.astype(np.float32) / 255).permute(2, 0, 1)


def overlay(
    image: Tensor | np.ndarray,
    label_map: Tensor | np.ndarray,
    colors: Colors = None,
    opacity: float = 0.55,
    ignore_index: int = 255,
) -> Tensor:
    """Lay the colors of a label map over an image; return (3, H, W), float32 in [0, 1].

    Args:
        image: (3, H, W) or (1, H, W) in [0, 1], of 8 or 16 bits, or a picture of Pillow's.
        label_map: (H, W), as for `label_to_rgb`, as are `colors` and `ignore_index`.
        opacity: of the labels, from 0 (only the image) to 1 (only the labels); void pixels keep
            the image at any opacity.

    Raises:
        ValueError: the sizes differ, the image is none in [0, 1], or the opacity is outside [0, 1].

    >>> overlay(torch.ones(3, 2, 4), torch.zeros(2, 4, dtype=torch.long), opacity=0.5).shape
    torch.Size([3, 2, 4])
    """
    if not 0 <= opacity <= 1:
        raise ValueError(f"opacity is {opacity}; give a number from 0 (only the image) to 1 (only the labels).")
    labels = _checked(label_map)
    pixels = unit_image(image, "the image")
    if pixels.shape[1:] != labels.shape:
        raise ValueError(f"image {pixels.shape} and label map {labels.shape} don't fit; give (3, H, W) and (H, W).")
    picture = torch.tensor(pixels, dtype=torch.float32).expand(3, -1, -1)
    void = torch.from_numpy(labels) == ignore_index
    mixture = (1 - opacity) * picture + opacity * label_to_rgb(labels, colors, ignore_index)
    return torch.where(void, picture, mixture)


def legend_entries(
    label_maps: Sequence[np.ndarray],
    classes: Sequence[str],
    colors: Colors,
    ignore_index: int = 255,
) -> list[tuple[str, str]]:
    """Return ("#RRGGBB", name) for each class that occurs in one of the label maps, void last.

    Args:
        label_maps: any number of (H, W) integer arrays.
        classes: the name of each class.
        colors: as for `color_table`.
        ignore_index: the label of void pixels.

    Raises:
        ValueError: a label that occurs has no name.
    """
    present = sorted({int(label) for label_map in label_maps for label in np.unique(label_map)})
    labels = [label for label in present if label != ignore_index]
    for label in labels:
        if not 0 <= label < len(classes):
            raise ValueError(f"label {label} has no name among {len(classes)} classes; give one name per class.")
    table = color_table(colors, len(classes))
    entries = [(rgb_to_hex(table[label]), classes[label]) for label in labels]
    if ignore_index in present:
        entries.append((VOID_COLOR, VOID_NAME))
    return entries


def _checked(label_map: Tensor | np.ndarray) -> np.ndarray:
    """Return the label map as int64 (H, W), the CPU's."""
    if isinstance(label_map, Tensor):
        label_map = label_map.detach().cpu().numpy()
    labels = np.asarray(label_map)
    if labels.ndim != 2:
        raise ValueError(f"the label map has shape {labels.shape}; give one label per pixel, shape (H, W).")
    if labels.dtype.kind not in "iub":
        raise TypeError(f"the label map has dtype {labels.dtype}; give integers, for example logits.argmax(dim=0).")
    return labels.astype(np.int64)


def _hatch(height: int, width: int) -> np.ndarray:
    """Return diagonal stripes (height, width) uint8."""
    diagonal = np.arange(height)[:, None] + np.arange(width)[None, :]
    return np.where(diagonal // _STRIPE % 2 == 0, VOID_LIGHT, VOID_DARK).astype(np.uint8)
