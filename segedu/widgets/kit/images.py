"""Images that came to a page as PNG data URLs, read back for the picture."""

import base64
import io

import numpy as np


def image_of(photo: str) -> np.ndarray:
    """Return the image of a PNG data URL, (H, W, 3) uint8."""
    from PIL import Image

    return np.array(Image.open(io.BytesIO(base64.b64decode(photo.split(",", 1)[1]))).convert("RGB"))
