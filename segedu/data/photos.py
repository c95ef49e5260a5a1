"""A few real photographs that are there without a network: those that scikit-image's installed package holds."""

import importlib.util
from pathlib import Path

import torch

from segedu.data.images import height_and_width, open_image, pixels_of

FILES = {
    "astronaut": "astronaut.png",
    "brick": "brick.png",
    "camera": "camera.png",
    "chelsea": "chelsea.png",
    "coffee": "coffee.png",
    "coins": "coins.png",
    "grass": "grass.png",
    "gravel": "gravel.png",
    "horse": "horse.png",
    "hubble": "hubble_deep_field.jpg",
    "ihc": "ihc.png",
    "moon": "moon.png",
    "motorcycle": "motorcycle_left.png",
    "page": "page.png",
    "retina": "retina.jpg",
    "rocket": "rocket.jpg",
}


def photo_names() -> tuple[str, ...]:
    """Return the names that `photo` knows on this machine, in alphabetical order.

    >>> "chelsea" in photo_names()
    True
    """
    return tuple(name for name, file in FILES.items() if (_folder() / file).exists())


def photo(name: str = "chelsea", size: int | tuple[int, int] | None = None) -> torch.Tensor:
    """Return a photograph as (3, H, W) float32 in [0, 1]; gray ones are repeated to three channels.

    Args:
        name: one of `photo_names()`; "chelsea" is a cat, 300×451 pixels.
        size: (height, width) to resize to, bilinear with antialiasing, aspect ratio not kept; an
            int means both.

    Raises:
        ValueError: there is no such photograph here; names those that are there.

    Source: the images of `skimage.data`.

    >>> photo("astronaut", size=(48, 64)).shape
    torch.Size([3, 48, 64])
    """
    if name not in photo_names():
        raise ValueError(f"There is no photo {name!r} here; choose one of {', '.join(photo_names())}.")
    image = open_image(_folder() / FILES[name], "RGB")
    pixels = pixels_of(image, None if size is None else height_and_width(size))
    return torch.from_numpy(pixels).to(torch.float32) / 255


def _folder() -> Path:
    """Return scikit-image's folder of images, without importing scikit-image."""
    spec = importlib.util.find_spec("skimage")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(
            "The photos come with scikit-image, which is not installed; run `pip install scikit-image`."
        )
    return Path(spec.origin).parent / "data"
