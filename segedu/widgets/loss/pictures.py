"""The loss explorer's pictures: an image, and the order in which its 25 × 40 cells become the object."""

import base64
import io
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from segedu.data.photos import photo, photo_names
from segedu.data.scenes import Scenes
from segedu.widgets.kit.maps import read_maps
from segedu.widgets.loss.core import HEIGHT, PIXELS, WIDTH

SHARE_STEP, MOST_SHARE = 0.005, 0.5  # as in RANGES of loss.py
SCENE: dict[str, Any] = {"size": (100, 160), "seed": 2, "objects": (1, 2), "rare": 1.0}  # number 15 has two sheep
GALAXIES = 25  # cells, the brightest
LARGEST = 160  # pixels on the longer side of what is shown
CELL = 7  # px on the page, the width of a cell of an image
CELL_HEIGHTS = (3, 17)  # for images from 11 : 40 to 3 : 2, height to width; others are drawn with a nearer shape


@cache
def course_pictures() -> dict[str, dict[str, Any]]:
    """Return the pictures that are always there, as the view takes them: see `make_picture`; "pixels" has no image.

    The photograph is left out where scikit-image came without it.
    """
    pictures = {"pixels": _pixels(), "scene": _scene()}
    if "hubble" in photo_names():
        pictures["photograph"] = _photograph()
    return pictures


def own_picture(image: Any, mask: Any) -> dict[str, Any]:
    """Return the picture of a student's image, (3, H, W) or (1, H, W), and mask (H, W), bool or 0 and 1.

    Raises ValueError for one without the other, for other shapes, types and values, and for a mask that no cell or
    more than half of the cells belong to.
    """
    if image is None or mask is None:
        given, other = ("image", "mask") if mask is None else ("mask", "image")
        raise ValueError(f"{given}= is given without {other}=; a picture needs both")
    pixels = read_maps(None, {"image": image}, None, None).image  # (H, W, 3) uint8, at most 256 a side
    size = tuple(torch.as_tensor(image).shape[1:])
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


def make_picture(title: str, words: str, image: np.ndarray, cells: np.ndarray) -> dict[str, Any]:
    """Return title, words, image (a JPEG data URL), the share of the mask `cells` (25, 40), order, and cell.

    order: the 1000 cells as they enter the object. share: to the slider's step, and at least one step. cell: its width
    and height in px on the page, which keep the image's shape within `CELL_HEIGHTS`.
    """
    tall = CELL * (image.shape[0] / HEIGHT) / (image.shape[1] / WIDTH)
    return {
        "title": title,
        "words": words,
        "image": _jpeg_url(image),
        "order": order_of(cells),
        "share": round(max(1, round(cells.mean() / SHARE_STEP)) * SHARE_STEP, 3),
        "cell": [CELL, int(np.clip(round(tall), *CELL_HEIGHTS))],
    }


def order_of(cells: np.ndarray) -> list[int]:
    """Return the places of a mask (H, W) from its deepest inside to its farthest outside; ties by place.

    >>> order_of(np.array([[False, True, True]]))
    [2, 1, 0]
    """
    from scipy.ndimage import distance_transform_edt  # here, because scipy is slow to load

    depth = distance_transform_edt(cells) - distance_transform_edt(~cells)
    return [int(at) for at in np.argsort(-depth, axis=None, kind="stable")]


def cell_means(pixels: np.ndarray) -> np.ndarray:
    """Return the means (25, 40) of an array (H, W) of any size over its cells; a cut pixel counts by its area.

    >>> float(cell_means(np.ones((7, 11))).min().round(9))
    1.0
    """
    rows, columns = _overlaps(HEIGHT, pixels.shape[0]), _overlaps(WIDTH, pixels.shape[1])
    return np.asarray(rows @ pixels @ columns.T)


def half_covered(mask: np.ndarray) -> np.ndarray:
    """Return the cells (25, 40) bool of which at least half belongs to a mask (H, W)."""
    return cell_means(mask) >= 0.5 - 1e-9  # a half is a half however its parts were rounded


def _overlaps(cells: int, pixels: int) -> np.ndarray:
    """Return which part of each cell each pixel covers, (cells, pixels); a row sums to 1."""
    edges, borders = np.arange(cells + 1) / cells, np.arange(pixels + 1) / pixels
    ends = np.minimum(edges[1:, None], borders[None, 1:])
    starts = np.maximum(edges[:-1, None], borders[None, :-1])
    return np.asarray((ends - starts).clip(0) * cells)


def _read_mask(mask: Any, size: tuple[int, ...]) -> np.ndarray:
    values = torch.as_tensor(mask).as_subclass(Tensor).detach().cpu()
    if tuple(values.shape) != size:
        raise ValueError(f"the mask has shape {tuple(values.shape)}; give one value per pixel of the image, {size}")
    others = values[(values != 0) & (values != 1)]
    if len(others):
        raise ValueError(f"the mask holds {others[0].item():g}; give True and False, or 1 for the object and 0 else")
    if not values.any():
        raise ValueError("the mask is empty; give at least one object, whose pixels are 1")
    return values.double().numpy()


def _pixels() -> dict[str, Any]:
    """Return no image: the cells nearest to a point left of the middle, in an ellipse, are the object."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    distance = (columns - 14.3) ** 2 / 1.7 + (rows - 11.2) ** 2
    order = [int(at) for at in np.argsort(distance, axis=None, kind="stable")]
    return {"title": "pixels", "words": "", "image": "", "order": order, "share": None, "cell": [6, 6]}


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
    return (255 * image.as_subclass(Tensor).permute(1, 2, 0)).round().byte().numpy()


def _jpeg_url(image: np.ndarray) -> str:
    """Return an image (H, W, 3) uint8 as the data URL of a JPEG of at most 160 pixels a side; it is only looked at."""
    from PIL import Image

    shown = Image.fromarray(image)
    scale = LARGEST / max(shown.size)
    if scale < 1:
        width, height = (max(1, round(scale * side)) for side in shown.size)
        shown = shown.resize((width, height), Image.Resampling.BOX)
    buffer = io.BytesIO()
    shown.save(buffer, format="JPEG", quality=90, subsampling=0)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
