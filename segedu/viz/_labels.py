"""Label maps as colors: one color per class, void as a gray hatch."""

import numpy as np
import torch
from torch import Tensor

from segedu.data.palette import hex_to_rgb

# For label maps that come without colors: background dark, then colors that stay apart for color-blind readers.
DEFAULT_COLORS = (
    *("#2B2F36", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#7A6FAC", "#8C510A"),
    *("#66A61E", "#BEAED4", "#FB8072", "#80B1D3", "#B3DE69", "#BF5B17", "#E7298A", "#CCEBC5", "#386CB0", "#FDC086"),
)
VOID_LIGHT, VOID_DARK = 205, 150  # the hatch's two grays
VOID_COLOR = "#CDCDCD"
Colors = Tensor | np.ndarray | list | tuple | None


def color_table(colors: Colors, num_classes: int = 0) -> np.ndarray:
    """Return `colors` as a (C, 3) uint8 array; None gives the course's default colors, repeated as often as needed.

    `colors` is (C, 3) uint8, (C, 3) float in [0, 1], or a list of "#RRGGBB".
    """
    if colors is None:
        times = -(-max(num_classes, 1) // len(DEFAULT_COLORS))
        colors = list(DEFAULT_COLORS) * times
    if len(colors) and isinstance(colors[0], str):
        return hex_to_rgb(*colors)
    table = colors.detach().cpu().numpy() if isinstance(colors, Tensor) else np.asarray(colors)
    if table.ndim != 2 or table.shape[1] != 3:
        raise ValueError(f"colors has shape {table.shape}; give one row (red, green, blue) per class: (C, 3).")
    return (table * 255).round().astype(np.uint8) if table.dtype.kind == "f" else table.astype(np.uint8)


def label_to_rgb(label_map: Tensor | np.ndarray, colors: Colors = None, ignore_index: int = 255) -> Tensor:
    """Return a label map (H, W) of integers as an image (3, H, W), float32 in [0, 1]; void is hatched in two grays.

    `colors` is (C, 3) uint8, as a data set's `.colors`; None takes the course's default colors.

    Raises ValueError if the label map is not (H, W) or a label has no color, TypeError if it holds no integers.

    >>> label_to_rgb(torch.tensor([[0, 1]]), colors=[[255, 0, 0], [0, 0, 255]])[:, 0, 1]
    tensor([0., 0., 1.])
    """
    labels = _checked(label_map)
    void = labels == ignore_index
    highest = int(labels[~void].max(initial=0))
    table = color_table(colors, highest + 1)
    if highest >= len(table) or int(labels.min(initial=0)) < 0:
        raise ValueError(
            f"the label map has labels from {labels[~void].min()} to {highest}, but there are {len(table)} colors; "
            f"give one color per class, or mark void pixels as {ignore_index}."
        )
    rgb = table[np.where(void, 0, labels)]
    rgb[void] = _hatch(*labels.shape)[void][:, None]
    return torch.from_numpy(rgb.astype(np.float32) / 255).permute(2, 0, 1)


def overlay(
    image: Tensor,
    label_map: Tensor | np.ndarray,
    colors: Colors = None,
    opacity: float = 0.55,
    ignore_index: int = 255,
) -> Tensor:
    """Lay the colors of a label map (H, W) over an image (3, H, W) or (1, H, W) in [0, 1]; return (3, H, W) float32.

    `opacity` 0 leaves the image, 1 shows only the labels; void pixels keep the image.

    Raises ValueError if the sizes differ or the opacity is outside [0, 1].

    >>> overlay(torch.ones(3, 2, 4), torch.zeros(2, 4, dtype=torch.long), opacity=0.5).shape
    torch.Size([3, 2, 4])
    """
    if not 0 <= opacity <= 1:
        raise ValueError(f"opacity is {opacity}; give a number from 0 (only the image) to 1 (only the labels).")
    if image.ndim != 3 or image.shape[0] not in (1, 3) or image.shape[1:] != label_map.shape:
        raise ValueError(
            f"image {tuple(image.shape)} and label map {tuple(label_map.shape)} don't fit; give (3, H, W) and (H, W)."
        )
    picture = torch.as_tensor(image).detach().cpu().float().expand(3, -1, -1)
    void = torch.as_tensor(label_map).cpu() == ignore_index
    mixed = (1 - opacity) * picture + opacity * label_to_rgb(label_map, colors, ignore_index)
    return torch.where(void, picture, mixed)


def legend_entries(
    label_maps: list[np.ndarray], classes: list[str] | tuple[str, ...], colors: Colors, ignore_index: int = 255
) -> list[tuple[str, str]]:
    """Return (color, class name) for each class that occurs in one of the label maps, and void last if it does."""
    present = sorted({int(label) for label_map in label_maps for label in np.unique(label_map)})
    unnamed = [label for label in present if label != ignore_index and not 0 <= label < len(classes)]
    if unnamed:
        raise ValueError(f"label {unnamed[0]} has no name among {len(classes)} classes; give one name per class.")
    table = color_table(colors, len(classes))
    entries = [("#{:02X}{:02X}{:02X}".format(*table[i]), classes[i]) for i in present if i != ignore_index]
    return entries + [(VOID_COLOR, "void")] * (ignore_index in present)


def _checked(label_map: Tensor | np.ndarray) -> np.ndarray:
    labels = label_map.detach().cpu().numpy() if isinstance(label_map, Tensor) else np.asarray(label_map)
    if labels.ndim != 2:
        raise ValueError(f"the label map has shape {labels.shape}; give one label per pixel, shape (H, W).")
    if labels.dtype.kind not in "iub":
        raise TypeError(f"the label map has dtype {labels.dtype}; give integers, for example logits.argmax(dim=0).")
    return labels.astype(np.int64)


def _hatch(height: int, width: int) -> np.ndarray:
    """Return diagonal stripes (height, width) uint8, three pixels each."""
    diagonal = np.arange(height)[:, None] + np.arange(width)[None, :]
    return np.where(diagonal // 3 % 2 == 0, VOID_LIGHT, VOID_DARK).astype(np.uint8)
