"""The loss explorer's pictures: an image, and in which order its cells become the object."""

import base64
import io
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from segedu.data.photos import photo, photo_names
from segedu.data.scenes import Scenes
from segedu.viz.images import as_array
from segedu.widgets.kit.maps import read_maps
from segedu.widgets.loss.core import HEIGHT, PIXELS, WIDTH

# As in RANGES of loss.py.
SHARE_STEP = 0.005
MOST_SHARE = 0.5
# Number 15 has two sheep.
SCENE: dict[str, Any] = {"size": (100, 160), "seed": 2, "objects": (1, 2), "rare": 1.0}
GALAXIES = 25  # cells, the brightest
LARGEST = 160  # pixels on the longer side of what is shown
CELL = 7  # px on the page, the width of a cell of an image
# For images from 11 : 40 to 3 : 2, height to width; others are drawn with a nearer shape.
CELL_HEIGHTS = (3, 17)


@cache
def course_pictures() -> dict[str, dict[str, Any]]:
    """Return the pictures that are always there, as `make_picture` does; "pixels" has no image.

    The photograph is left out where scikit-image came without it.
    """
    pictures = {"pixels": _pixels(), "scene": _scene()}
    if "hubble" in photo_names():
        pictures["photograph"] = _photograph()
    return pictures


def own_picture(image: Any, mask: Any) -> dict[str, Any]:
    """Return the picture of a student's image and mask.

    Args:
        image: (3, H, W) or (1, H, W), floats in [0, 1] or uint8.
        mask: (H, W), bool or 0 and 1.

    Raises:
        ValueError: one is without the other, has another shape, type or value, or no cell or more
            than half of the cells belong to the mask.
    """
    if mask is None:
        raise ValueError("image= is given without mask=; a picture needs both")
    if image is None:
        raise ValueError("mask= is given without image=; a picture needs both")
    pixels = read_maps(None, {"image": image}, None, None).image  # (H, W, 3) uint8, at most 256 a side
    size = as_array(image).shape[1:]
    cells = half_covered(_read_mask(mask, size))
    if not cells.any():
        raise ValueError(
            f"the mask covers no cell of {HEIGHT} × {WIDTH} by half; give an object of at least 1/{PIXELS} of the image"
        )
    if cells.mean() > MOST_SHARE:
        raise ValueError(
            f"the mask covers {cells.mean():.0%} of the cells; the object has at most half: give the rest, ~mask"
        )
    return make_picture("your image", "Your image; the object is your mask.", pixels, cells)


def make_picture(
    title: str,
    words: str,
    image: np.ndarray,
    cells: np.ndarray,
) -> dict[str, Any]:
    """Return a picture as the view takes it.

    Its keys are title, words, image (a JPEG data URL), order (the 1000 cells as they enter the
    object), share (the object's, to the slider's step, and at least one step) and cell (its width
    and height in px on the page, which keep the image's shape within `CELL_HEIGHTS`).

    Args:
        title: one line.
        words: for the description.
        image: (H, W, 3) uint8.
        cells: (25, 40) bool, the object's.
    """
    height = CELL * (image.shape[0] / HEIGHT) / (image.shape[1] / WIDTH)
    steps = max(1, round(cells.mean() / SHARE_STEP))
    return {
        "title": title,
        "words": words,
        "image": _jpeg_url(image),
        "order": order_of(cells),
        "share": round(steps * SHARE_STEP, 3),
        "cell": [CELL, int(np.clip(round(height), *CELL_HEIGHTS))],
    }


def order_of(cells: np.ndarray) -> list[int]:
    """Return the places of a mask (H, W) from its deepest inside to its farthest outside.

    Ties stand by place.

    >>> order_of(np.array([[False, True, True]]))
    [2, 1, 0]
    """
    from scipy.ndimage import distance_transform_edt  # here, because scipy is slow to load

    depth = distance_transform_edt(cells) - distance_transform_edt(~cells)
    return [int(place) for place in np.argsort(-depth, axis=None, kind="stable")]


def cell_means(pixels: np.ndarray) -> np.ndarray:
    """Return the means (25, 40) of an array (H, W) of any size over its cells.

    A cut pixel counts by its area.

    >>> float(cell_means(np.ones((7, 11))).min().round(9))
    1.0
    """
    rows = _overlaps(HEIGHT, pixels.shape[0])
    columns = _overlaps(WIDTH, pixels.shape[1])
    return np.asarray(rows @ pixels @ columns.T)


def half_covered(mask: np.ndarray) -> np.ndarray:
    """Return the cells (25, 40) bool of which at least half belongs to a mask (H, W)."""
    return cell_means(mask) >= 0.5 - 1e-9  # a half is a half however its parts were rounded


def _overlaps(cells: int, pixels: int) -> np.ndarray:
    """Return which part of each cell each pixel covers, (cells, pixels); a row sums to 1."""
    edges = np.arange(cells + 1) / cells
    borders = np.arange(pixels + 1) / pixels
    ends = np.minimum(edges[1:, None], borders[None, 1:])
    starts = np.maximum(edges[:-1, None], borders[None, :-1])
    return np.asarray((ends - starts).clip(0) * cells)


def _read_mask(mask: Any, size: tuple[int, ...]) -> np.ndarray:
    """Return a mask of the image's size, (H, W), as 0 and 1 float64."""
    values = torch.as_tensor(mask).as_subclass(Tensor).detach().cpu()
    shape = tuple(values.shape)
    if shape != size:
        raise ValueError(f"the mask has shape {shape}; give one value per pixel of the image, {size}")
    others = values[(values != 0) & (values != 1)]
    if len(others):
        raise ValueError(f"the mask holds {others[0].item():g}; give True and False, or 1 for the object and 0 else")
    if not values.any():
        raise ValueError("the mask is empty; give at least one object, whose pixels are 1")
    return values.double().numpy()


def _pixels() -> dict[str, Any]:
    """Return no image: the object is an ellipse of cells around a point left of the middle."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    distance = (columns - 14.3) ** 2 / 1.7 + (rows - 11.2) ** 2
    return {
        "title": "pixels",
        "words": "",
        "image": "",
        "order": [int(place) for place in np.argsort(distance, axis=None, kind="stable")],
        "share": None,
        "cell": [6, 6],
    }


def _scene() -> dict[str, Any]:
    sample = Scenes(16, **SCENE)[15]
    cells = half_covered((sample["label_map"] == Scenes.rare_class).numpy())
    words = "A scene of the course; the object is its two sheep."
    return make_picture("a scene: its sheep", words, _bytes(sample["image"]), cells)


def _photograph() -> dict[str, Any]:
    """Return the middle of the Hubble deep field."""
    sky = photo("hubble")[:, 123:748]  # (3, 625, 1000)
    brightness = cell_means(sky.mean(dim=0).double().numpy())
    cells = brightness >= np.sort(brightness, axis=None)[-GALAXIES]
    words = f"A photograph, the Hubble deep field; the object is its {GALAXIES} brightest cells, most of them galaxies."
    return make_picture("a photograph: galaxies", words, _bytes(sky), cells)


def _bytes(image: Tensor) -> np.ndarray:
    """Return an image (3, H, W) with values in [0, 1] as (H, W, 3) uint8."""
    pixels = 255 * image.as_subclass(Tensor).permute(1, 2, 0)
    return pixels.round().byte().numpy()


def _jpeg_url(image: np.ndarray) -> str:
    """Return an image (H, W, 3) uint8 as the data URL of a JPEG of at most 160 pixels per side.

    It is only looked at.
    """
    from PIL import Image

    picture = Image.fromarray(image)
    scale = LARGEST / max(picture.size)
    if scale < 1:
        width, height = (max(1, round(scale * side)) for side in picture.size)
        picture = picture.resize((width, height), Image.Resampling.BOX)
    buffer = io.BytesIO()
    picture.save(buffer, format="JPEG", quality=90, subsampling=0)
    encoded = base64.b64encode(buffer.getvalue()).decode()
    return f"data:image/jpeg;base64,{encoded}"
