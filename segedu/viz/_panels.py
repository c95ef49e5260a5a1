"""What one array becomes in a row of pictures: an image, a label map in its classes' colors, or a heat map."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from segedu.viz._labels import Colors, label_to_rgb

Limits = tuple[float, float] | None


@dataclass(frozen=True)
class Panel:
    """Pixels (H, W, 3) uint8 to draw; the label map (H, W) or the heat map's color map and limits that made them."""

    rgb: np.ndarray
    labels: np.ndarray | None = None
    colormap: str | None = None
    limits: Limits = None

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
    limits: Limits = None,
) -> Panel:
    """Choose by shape and dtype: (3, H, W) and (1, H, W) are images, (H, W) integers labels, (H, W) floats heat."""
    if isinstance(array, Tensor):
        array = (array.float() if array.is_floating_point() else array).detach().cpu().numpy()
    values = np.asarray(array)
    if values.ndim == 2 and values.dtype.kind in "iub":
        return Panel(_to_uint8(label_to_rgb(values, colors, ignore_index)), labels=values.astype(np.int64))
    if values.ndim == 2:
        return _heat_map(values, limits)
    if values.ndim == 3 and values.shape[0] in (1, 3):
        return Panel(_image(values, name))
    raise ValueError(
        f"'{name}' has shape {values.shape} and dtype {values.dtype}; give an image (3, H, W) or (1, H, W), a heat map "
        f"(H, W) of floats, or a label map (H, W) of integers.{_how_to_mend(values)}"
    )


def colormap_rgb(values: np.ndarray, colormap: str, limits: tuple[float, float]) -> np.ndarray:
    """Return `values` (H, W) as colors (H, W, 3) uint8; not-a-number becomes light gray."""
    import matplotlib

    low, high = limits
    scaled = (values - low) / (high - low) if high > low else np.zeros_like(values)
    rgb = matplotlib.colormaps[colormap](np.clip(scaled, 0, 1), bytes=True)[..., :3].copy()
    rgb[np.isnan(values)] = 225
    return rgb


def _heat_map(values: np.ndarray, limits: Limits) -> Panel:
    """Sequential colors for values from zero up; blue, white, red around zero for signed ones."""
    finite = values[np.isfinite(values)]
    low, high = limits or (float(finite.min(initial=np.inf)), float(finite.max(initial=-np.inf)))
    if finite.size == 0:
        low, high = 0.0, 1.0
    if low < 0 and limits is None:
        high = max(-low, high)
        low = -high
    colormap = "RdBu_r" if low < 0 else "viridis"
    return Panel(colormap_rgb(values, colormap, (low, high)), colormap=colormap, limits=(low, high))


def _image(values: np.ndarray, name: str) -> np.ndarray:
    pixels = values.astype(np.float32) / 255 if values.dtype == np.uint8 else values
    if pixels.dtype.kind != "f" or not (pixels.min(initial=0) >= -0.01 and pixels.max(initial=0) <= 1.01):
        raise ValueError(
            f"'{name}' has values from {pixels.min():.3g} to {pixels.max():.3g}; an image is float in [0, 1]: undo its "
            "normalization, or give one channel (H, W) to see a heat map."
        )
    return _to_uint8(np.broadcast_to(pixels, (3, *pixels.shape[1:])))


def _to_uint8(image: Tensor | np.ndarray) -> np.ndarray:
    """(3, H, W) floats in [0, 1] → (H, W, 3) uint8."""
    return (np.asarray(image).transpose(1, 2, 0) * 255).round().clip(0, 255).astype(np.uint8)


def _how_to_mend(values: np.ndarray) -> str:
    if values.ndim == 4:
        return " Take one image of the batch: images[0]."
    if values.ndim == 3 and values.shape[2] == 3:
        return " Channels come first here: image.permute(2, 0, 1)."
    return ""
