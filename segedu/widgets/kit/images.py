"""Images that explorers are given, and those that came to a page as PNG data URLs, read back for the picture."""

import base64
import io
from typing import Any

import numpy as np
import torch
from torch import Tensor

from segedu.viz.images import unit_image


def read_image(image: Any, name: str = "image") -> Tensor:
    """Return an image as (3, H, W) float32 in [0, 1], gray ones in three channels; raises as `unit_image` does."""
    pixels = torch.tensor(unit_image(image, f"the {name}"), dtype=torch.float32)
    return pixels.clamp(0, 1).expand(3, -1, -1)


def image_of(photo: str) -> np.ndarray:
    """Return the image of a PNG data URL, (H, W, 3) uint8."""
    from PIL import Image

    return np.array(Image.open(io.BytesIO(base64.b64decode(photo.split(",", 1)[1]))).convert("RGB"))
