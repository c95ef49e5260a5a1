"""Color pictures as they come in: channels first as tensors have them, or last as image readers give them."""

import numpy as np
from torch import Tensor


def color_picture(picture: Tensor | np.ndarray) -> np.ndarray:
    """Return a picture as an array (H, W, 3), uint8; an alpha channel that hides nothing is left out.

    Where both ends of its shape could be the channels, those of a tensor are first, those of an
    array or a Pillow image last.

    Raises:
        TypeError: It holds floats: the numbers of such a picture are codes and mustn't be scaled.
        ValueError: It is no color picture, its numbers leave 0 … 255, or it is transparent somewhere.

    >>> color_picture(np.zeros((5, 7, 4), np.uint8) + 255).shape
    (5, 7, 3)
    """
    pixels = _channels_last(np.asarray(picture), channels_first=isinstance(picture, Tensor))
    if pixels.dtype.kind not in "iu":
        raise TypeError(
            f"the picture is {pixels.dtype} of shape {pixels.shape}; expected uint8, 0 … 255: read it without scaling."
        )
    if pixels.size and not 0 <= pixels.min() <= pixels.max() <= 255:
        raise ValueError(f"the picture holds numbers from {pixels.min()} to {pixels.max()}; expected uint8, 0 … 255.")
    if pixels.shape[-1] == 4 and not (pixels[..., 3] == 255).all():
        raise ValueError(
            "the picture has transparent pixels, whose colors mean nothing; save it without alpha channel."
        )
    return pixels[..., :3].astype(np.uint8)


def _channels_last(pixels: np.ndarray, channels_first: bool) -> np.ndarray:
    """Return the picture as (H, W, 3) or (H, W, 4)."""
    order = (0, -1) if channels_first else (-1, 0)
    for axis in order:
        if pixels.ndim == 3 and pixels.shape[axis] in (3, 4):
            return np.moveaxis(pixels, axis, -1)
    raise ValueError(
        f"the picture is {pixels.dtype} of shape {pixels.shape}; expected uint8 (3, H, W) or (H, W, 3), "
        "or with alpha as a fourth channel."
    )
