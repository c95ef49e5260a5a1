"""One mask as it comes in: of zeros and ones, whatever their type, and of two axes."""

import numpy as np
from torch import Tensor


def binary_mask(mask: Tensor | np.ndarray) -> np.ndarray:
    """Return a mask (H, W) of zeros and ones as a bool array.

    Raises:
        ValueError: It has other axes, or holds other numbers: logits, probabilities, a label map.

    >>> binary_mask(np.array([[0, 1]])).tolist()
    [[False, True]]
    """
    pixels = np.asarray(mask)
    if pixels.ndim != 2:
        mend = "take mask[0]" if pixels.ndim == 3 and len(pixels) == 1 else "take them one by one"
        raise ValueError(f"the mask has shape {pixels.shape}; expected one mask (H, W): {mend}.")
    if pixels.dtype == bool:
        return pixels
    if not np.isin(pixels, (0, 1)).all():
        raise ValueError(
            f"the mask holds other numbers than 0 and 1, from {pixels.min():g} to {pixels.max():g}: compare a label "
            "map with one class (label_map == 3), probabilities with 0.5 (mask > 0.5), logits with 0."
        )
    return pixels.astype(bool)
