"""A few real photographs that are there without a network, six of them with labels.

The pixels are those that scikit-image's installed package holds, the labels outlines drawn for this course.
"""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Literal, overload

import numpy as np
import torch
from PIL import Image
from torch.utils.data import Dataset

from segedu.data.images import height_and_width, open_image
from segedu.data.outlines import CLASSES, LABELED, THINGS, paint_labels, read_outlines
from segedu.data.palette import class_colors
from segedu.data.sample import Sample, make_sample
from segedu.labels import VOID
from segedu.scalars import whole_number

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


def photo_names(labels: bool = False) -> tuple[str, ...]:
    """Return the names that `photo` knows on this machine, in alphabetical order.

    Args:
        labels: only those of photographs that have labels.

    >>> "chelsea" in photo_names()
    True
    >>> photo_names(labels=True)
    ('astronaut', 'camera', 'chelsea', 'coffee', 'coins', 'rocket')
    """
    names = LABELED if labels else FILES
    return tuple(name for name in names if (_folder() / FILES[name]).exists())


@overload
def photo(
    name: str = "chelsea", size: int | tuple[int, int] | None = None, *, labels: Literal[False] = False
) -> torch.Tensor: ...


@overload
def photo(name: str = "chelsea", size: int | tuple[int, int] | None = None, *, labels: Literal[True]) -> Sample: ...


def photo(
    name: str = "chelsea", size: int | tuple[int, int] | None = None, *, labels: bool = False
) -> torch.Tensor | Sample:
    """Return a photograph as (3, H, W) float32 in [0, 1]; gray ones are repeated to three channels.

    Args:
        name: one of `photo_names()`; "chelsea" is a cat, 300×451 pixels.
        size: (height, width) to resize to, bilinear with antialiasing, aspect ratio not kept; an
            int means both.
        labels: return the sample of the data sets instead, a dict of image, label_map, masks, boxes,
            labels, panoptic and name; its classes and colors are those of `Photos`. For the names of
            `photo_names(labels=True)`.

    Raises:
        ValueError: there is no such photograph here, or it has no labels; names those that are
            there.

    Source: the images of `skimage.data`; outlines drawn for this course (data/photos/README.md).

    >>> photo("astronaut", size=(48, 64)).shape
    torch.Size([3, 48, 64])
    >>> sample = photo("coins", labels=True)
    >>> tuple(sample["label_map"].shape), len(sample["masks"])
    ((303, 384), 24)
    """
    _check_name(name, labels)
    image = open_image(_folder() / FILES[name], "RGB")
    drawn_on = (image.height, image.width)
    height, width = drawn_on if size is None else height_and_width(size)
    if size is not None:
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    pixels = torch.from_numpy(np.array(image))  # (H, W, 3)
    pixels = pixels.permute(2, 0, 1).contiguous().to(torch.float32) / 255
    if not labels:
        return pixels

    outlines = read_outlines(name)
    if outlines.size != drawn_on:
        raise ValueError(
            f"the photo {name!r} has {drawn_on} pixels here, its outlines were drawn on {outlines.size}: "
            "another scikit-image holds another picture; install version 0.22 or later."
        )
    return make_sample(image=pixels.numpy(), name=name, **paint_labels(outlines, (height, width)))


class Photos(Dataset[Sample]):
    """The labeled photographs as a data set: six images of different sizes, 18 classes, things and stuff.

    A sample holds image (3, H, W) float32 in [0, 1]; label_map (H, W) int64, 255 is void; masks (K, H,
    W) bool, boxes (K, 4) and labels (K,) of the K things, from back to front, each with what is seen
    of it; panoptic (H, W) int64 = class · 1000 + instance; name.

    Args:
        size: as for `photo`; None keeps each photograph's own.
        transform: called with each sample; returns a sample.

    Source: the images of `skimage.data`; outlines drawn for this course (data/photos/README.md).

    >>> photos = Photos(size=(100, 150))
    >>> photos[3]["name"], photos[3]["image"].shape
    ('coffee', torch.Size([3, 100, 150]))
    >>> [photos.classes[label] for label in photos[3]["labels"]]
    ['saucer', 'cup', 'spoon']
    """

    name = "photos"
    classes = CLASSES
    things = THINGS
    num_classes = len(CLASSES)
    colors = class_colors(CLASSES)
    ignore_index = VOID

    def __init__(
        self,
        size: int | tuple[int, int] | None = None,
        transform: Callable[[Sample], Sample] | None = None,
    ) -> None:
        self.size = None if size is None else height_and_width(size)
        self.transform = transform
        self.names = photo_names(labels=True)

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> Sample:
        index = whole_number(index, "index")
        if not -len(self) <= index < len(self):
            raise IndexError(f"photo {index} of {len(self)}")
        sample = photo(self.names[index], self.size, labels=True)
        return self.transform(sample) if self.transform else sample

    def __repr__(self) -> str:
        return f"Photos({len(self)} images, size={self.size})"


def _check_name(name: str, labels: bool) -> None:
    """Raise ValueError if there is no such photograph, or none with labels."""
    if name not in photo_names():
        raise ValueError(f"There is no photo {name!r} here; choose one of {', '.join(photo_names())}.")
    if labels and name not in LABELED:
        labeled = ", ".join(photo_names(labels=True))
        raise ValueError(f"The photo {name!r} has no labels; choose one of {labeled}.")


def _folder() -> Path:
    """Return scikit-image's folder of images, without importing scikit-image."""
    spec = importlib.util.find_spec("skimage")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(
            "The photos come with scikit-image, which is not installed; run `pip install scikit-image`."
        )
    return Path(spec.origin).parent / "data"
