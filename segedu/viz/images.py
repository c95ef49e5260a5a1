"""Images as people have them: brought to one form, or named with what they are and how to mend it."""

from typing import Any

import numpy as np
from torch import Tensor

_SLACK = 0.01  # what rounding, resizing and changes of color may leave outside of [0, 1]
_WHITE = {"uint8": 255, "uint16": 65535}


def unit_image(image: Any, name: str, instead: str = "") -> np.ndarray:
    """Return an image as floats (3, H, W) or (1, H, W) in [0, 1], up to rounding.

    Args:
        image: (3, H, W) or (1, H, W), a tensor or an array: floats in [0, 1] of any precision, uint8 or uint16; or a
            picture of Pillow's.
        name: what the message calls it, such as "the image".
        instead: what else can be done with values that are no image, as the end of a sentence.

    Raises:
        ValueError: it has another shape or type, NaN in it, or values far from [0, 1]; says what it looks like.

    >>> unit_image(np.full((1, 1, 2), 255, np.uint8), "the image").tolist()
    [[[1.0, 1.0]]]
    >>> unit_image(np.full((3, 1, 2), 200.0), "the image")
    Traceback (most recent call last):
    ValueError: the image has values from 200 to 200; an image is float in [0, 1]: divide by 255.
    """
    values = as_array(image)
    if values.ndim != 3 or values.shape[0] not in (1, 3):
        expected = "give (3, H, W), or (1, H, W) for a gray one"
        raise ValueError(f"{name} has shape {values.shape}; {expected}{how_to_mend_shape(values)}")
    white = _WHITE.get(values.dtype.name)
    if white is not None:
        return values.astype(np.float32) / white
    if values.dtype.kind != "f":
        dtype = getattr(image, "dtype", values.dtype)
        raise ValueError(f"{name} is {dtype}; give floats in [0, 1], or uint8")
    low, high = float(values.min(initial=0)), float(values.max(initial=0))
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ValueError(f"{name} holds NaN or infinity; look at what made it{instead}.")
    if low < -_SLACK or high > 1 + _SLACK:
        low, high = float(values.min()), float(values.max())
        cure = _how_to_mend_range(low, high) + instead
        raise ValueError(f"{name} has values from {low:.3g} to {high:.3g}; an image is float in [0, 1]: {cure}.")
    return values


def as_array(image: Any) -> np.ndarray:
    """Return a tensor, an array or a picture of Pillow's as an array, channels first; torch's floats as float32."""
    if isinstance(image, Tensor):
        if image.is_floating_point():
            image = image.float()  # NumPy has no bfloat16
        return image.detach().cpu().numpy()
    if hasattr(image, "getbands"):  # Pillow's
        return _of_pillow(image)
    return np.asarray(image)


def how_to_mend_shape(values: np.ndarray) -> str:
    """Return the end of a sentence about a wrong shape: how to get (3, H, W) from it, where that is clear."""
    if values.ndim == 4:
        return ". Take one image of the batch: images[0]."
    if values.ndim == 3 and values.shape[2] in (1, 3):
        return ". Channels come first here: image.permute(2, 0, 1)."
    if values.ndim == 3 and 4 in (values.shape[0], values.shape[2]):
        return ". Leave out the fourth channel, which is alpha."
    return ""


def _of_pillow(image: Any) -> np.ndarray:
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return np.asarray(image)[None]
    return np.asarray(image.convert("RGB")).transpose(2, 0, 1)


def _how_to_mend_range(low: float, high: float) -> str:
    if low < -_SLACK or high <= 2:
        return "undo its normalization"
    return "divide by 255" if high <= 255 else "divide by 65535, or by what white is"
