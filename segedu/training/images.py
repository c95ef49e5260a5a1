"""What images may be, in training as in prediction: tensors or arrays (channels, H, W), floats in [0, 1] or bytes."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

FARTHEST = 20.0  # images lie in [0, 1], normalized ones near it: what reaches further was never divided by 255
HIGHEST = {torch.uint8: 255, torch.uint16: 65535}  # the integers whose whole range is that of the image
SINGLE = "(channels, height, width)"


def check_image_shape(image: Any, name: str, batch: bool = False) -> None:
    """Raise unless `image` has the shape (channels, H, W), with `batch` also (N, channels, H, W); reads no pixel.

    Raises:
        TypeError: it has no shape, like lists and images of Pillow.
        ValueError: the shape is another one; where channels come last, the sentence says how to move them.
    """
    shape = _shape_of(image, name)
    expected = "(channels, H, W) or (N, channels, H, W)" if batch else SINGLE
    if len(shape) != 3 and not (batch and len(shape) == 4):
        raise ValueError(f"the {name} has shape {shape}; expected {expected}.")
    if 0 in shape:
        raise ValueError(f"the {name} is empty: its shape is {shape}.")
    if shape[-1] in (1, 3) and shape[-3] not in (1, 3):
        order = "2, 0, 1" if len(shape) == 3 else "0, 3, 1, 2"
        mend = f"image.permute({order})" if isinstance(image, Tensor) else f"image.transpose({order})"
        raise ValueError(f"the {name} has shape {shape}, channels last; use {mend}.")


def _shape_of(image: Any, name: str) -> tuple[int, ...]:
    if hasattr(image, "shape") and not isinstance(image, type):
        return tuple(image.shape)
    kind = type(image).__name__
    if hasattr(image, "getbands"):  # Pillow's
        mend = "torchvision.transforms.functional.pil_to_tensor(image) makes a tensor of it"
        raise TypeError(f"the {name} is an image of Pillow, a {kind}; {mend}.")
    mend = "torch.stack makes one tensor of several of one size" if isinstance(image, (list, tuple)) else SINGLE
    raise TypeError(f"the {name} is a {kind}; make it a torch tensor or an array: {mend}.")


def to_floats(image: Any, name: str) -> Tensor:
    """Return an image, or a part of one, as a tensor of float32: bytes are divided by 255, 16 bits by 65535.

    Raises:
        TypeError: other integers, whose range nobody knows, or no numbers.
        ValueError: NaN, infinity, or values that were never divided by 255.

    >>> to_floats(np.full((1, 1, 1), 51, np.uint8), "image").item()
    0.20000000298023224
    """
    pixels = to_tensor(image, name)
    if pixels.dtype in HIGHEST:
        return pixels.float() / HIGHEST[pixels.dtype]
    if pixels.dtype != torch.bool and not pixels.is_floating_point():
        raise TypeError(
            f"the {name} is {pixels.dtype}; give floats in [0, 1], image.float() / 255 if it holds 0 to 255, "
            "or bytes (uint8)."
        )
    pixels = pixels.float()
    low, high = (float(bound) for bound in pixels.aminmax())
    if not -float("inf") < low <= high < float("inf"):
        raise ValueError(f"the {name} holds NaN or infinity; mend or leave out that file.")
    if low < -FARTHEST or high > FARTHEST:
        raise ValueError(f"the {name} reaches from {low:g} to {high:g}; divide by 255 to get [0, 1].")
    return pixels


def to_tensor(array: Any, name: str) -> Tensor:
    """Return a tensor, or an array of NumPy's kind in any byte order, on disk or not, as a plain tensor."""
    if isinstance(array, Tensor):
        return array.as_subclass(Tensor)
    values = np.array(array)  # a copy: those on disk are read-only
    if values.dtype.kind not in "biuf":
        raise TypeError(f"the {name} is an array of {values.dtype}; give numbers.")
    return torch.from_numpy(values.astype(values.dtype.newbyteorder("="), copy=False))
