"""What an array becomes in a row of pictures: an image, a label map in colors, or a heat map."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from segedu.viz.colors import Colors
from segedu.viz.images import as_array, how_to_mend_shape, unit_image
from segedu.viz.labels import label_to_rgb

Limits = tuple[float, float]  # the values at the lower and the upper end of a color map

_NOT_A_NUMBER = 225  # of 255: the light gray of cells without a value


@dataclass(frozen=True)
class Panel:
    """A picture ready to be drawn, and what it shows.

    rgb: the pixels, (H, W, 3) uint8. labels: the label map (H, W) int64 behind them, None for
    images and heat maps. colormap, limits: matplotlib's color map of a heat map and the values
    at its ends, None for all others.
    """

    rgb: np.ndarray
    labels: np.ndarray | None = None
    colormap: str | None = None
    limits: Limits | None = None

    @property
    def height(self) -> int:
        return self.rgb.shape[0]

    @property
    def width(self) -> int:
        return self.rgb.shape[1]


def as_panel(
    array: Tensor | np.ndarray,
    name: str,
    colors: Colors = None,
    ignore_index: int = 255,
    limits: Limits | None = None,
) -> Panel:
    """Choose by shape and dtype what an array is, and return its picture.

    Args:
        array: (3, H, W) or (1, H, W) in [0, 1], of 8 or 16 bits, or a picture of Pillow's is an
            image, (H, W) of integers or booleans a label map, (H, W) of floats a heat map.
        name: how the array is called in an error.
        colors: of the classes of a label map, as for `color_table`.
        ignore_index: the label of void pixels.
        limits: of a heat map; None takes its own smallest and largest value.

    Raises:
        ValueError: the array has another shape, an image has values outside [0, 1], or a label
            has no color.
    """
    values = as_array(array)
    if values.ndim == 2 and values.dtype.kind in "iub":
        rgb = label_to_rgb(values, colors, ignore_index)
        return Panel(_to_uint8(rgb), labels=values.astype(np.int64))
    if values.ndim == 2:
        return _heat_map(values, limits)
    if values.ndim == 3 and values.shape[0] in (1, 3):
        pixels = unit_image(values, f"'{name}'", ", or give one channel (H, W) to see a heat map")
        return Panel(_to_uint8(np.broadcast_to(pixels, (3, *pixels.shape[1:]))))
    raise ValueError(
        f"'{name}' has shape {values.shape} and dtype {values.dtype}; give an image (3, H, W) or "
        f"(1, H, W), a heat map (H, W) of floats, or a label map (H, W) of integers{how_to_mend_shape(values) or '.'}"
    )


def shared_limits(arrays: Sequence[Tensor | np.ndarray]) -> tuple[Limits | None, Limits | None]:
    """Return the limits that the heat maps among `arrays` share: of those without and of those with negative values."""
    values = [one for one in map(as_array, arrays) if one.ndim == 2 and one.dtype.kind == "f"]
    finite = [one[np.isfinite(one)] for one in values]
    unsigned = [one for one in finite if one.size and one.min() >= 0]
    signed = [float(np.abs(one).max()) for one in finite if one.size and one.min() < 0]
    limits = None
    if unsigned:
        limits = (float(min(one.min() for one in unsigned)), float(max(one.max() for one in unsigned)))
    return limits, (-max(signed), max(signed)) if signed else None


def colormap_rgb(values: np.ndarray, colormap: str, limits: Limits) -> np.ndarray:
    """Return `values` (H, W) as colors (H, W, 3) uint8; not-a-number becomes light gray."""
    import matplotlib

    low, high = limits
    scaled = np.zeros_like(values)
    if high > low:
        scaled = (values - low) / (high - low)
    rgb = matplotlib.colormaps[colormap](np.clip(scaled, 0, 1), bytes=True)[..., :3].copy()
    rgb[np.isnan(values)] = _NOT_A_NUMBER
    return rgb


def _heat_map(values: np.ndarray, limits: Limits | None) -> Panel:
    """Use viridis for values from zero up; blue, white, red around zero where some are negative."""
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        low, high = 0.0, 1.0
    elif limits:
        low, high = limits
    else:
        low, high = float(finite.min()), float(finite.max())
    if low < 0 and limits is None:  # white stands for zero
        high = max(-low, high)
        low = -high
    colormap = "RdBu_r" if low < 0 else "viridis"
    rgb = colormap_rgb(values, colormap, (low, high))
    return Panel(rgb, colormap=colormap, limits=(low, high))


def _to_uint8(image: Tensor | np.ndarray) -> np.ndarray:
    """(3, H, W) floats in [0, 1] → (H, W, 3) uint8."""
    channels_last = np.asarray(image).transpose(1, 2, 0)
    return (channels_last * 255).round().clip(0, 255).astype(np.uint8)
