"""What the likelihood explorer is given, in one form: bytes of an image and of its labels, small enough to map."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from segedu.data.scenes import Scenes
from segedu.labels import VOID
from segedu.viz.images import as_array
from segedu.widgets.kit.maps import Maps, read_maps

LARGEST = (96, 128)  # height and width; a larger image is shown with every 2nd, 3rd, … pixel
# Stones of one color in two shapes: red − green finds them among grass and sky, but can't tell which stone it is.
DIALS: dict[str, Any] = {"objects": (4, 6), "pair_share": 1, "pair_size": 1.6, "rare": 0, "lighting": 0.3}
SCENE: dict[str, Any] = {"size": (80, 120), "seed": 25, **DIALS, "void_border": 1}


def scene() -> dict[str, Any]:
    """Return the sample that the explorer starts with: a boulder and two pyramids beside a road."""
    return Scenes(1, **SCENE)[0]


def scene_code() -> str:
    """Return the line of Python that makes `scene()` again."""
    return f"sample = se.Scenes(1, {', '.join(f'{name}={value!r}' for name, value in SCENE.items())})[0]"


def read_pixels(
    sample: Mapping[str, Any] | None, image: Any, label_map: Any, classes: Sequence[str] | None
) -> tuple[Maps, int]:
    """Return the image and its labels at no more than 96 × 128 pixels, and how many pixels one shown one stands for.

    No color is mixed: every k-th pixel is shown, k being the second number.
    Raises ValueError for what doesn't fit, as the overlay viewer does, and for an image without labels.
    """
    given = {"image": image, "label_map": label_map}
    maps = read_maps(sample, given, None, classes)
    if maps.labels is None:
        raise ValueError(
            "there are no labels to learn from; give label_map=: (H, W) integers, 255 for void, as large as the image"
        )
    parts = {name: _part(sample, name) if value is None else value for name, value in given.items()}
    shown = torch.tensor(as_array(parts["image"]))
    every = max(-(-side // most) for side, most in zip(shown.shape[1:], LARGEST, strict=True))
    if every == 1:
        return maps, 1
    labels = torch.as_tensor(parts["label_map"]).as_subclass(Tensor)
    small = {"image": shown[:, ::every, ::every], "label_map": labels[::every, ::every]}
    return read_maps(None, small, None, maps.classes), every


def read_target(target: Any, classes: Sequence[str]) -> int:
    """Return the number of a class that is given by its number or its name; raises ValueError for another.

    >>> read_target("car", ("road", "car"))
    1
    """
    if isinstance(target, str) and target in classes:
        return classes.index(target)
    number = not isinstance(target, str | bool) and isinstance(target, int | np.integer)
    if number and 0 <= target < len(classes):
        return int(target)
    listed = ", ".join(f"{at} {name}" for at, name in enumerate(classes))
    raise ValueError(f"target is {target!r}; give the number or the name of one of the classes: {listed}")


def default_target(labels: np.ndarray) -> int:
    """Return the class with most pixels but for class 0, which is often the background; 0 where there is no other.

    >>> default_target(np.array([[0, 0, 0], [2, 2, 1]]))
    2
    """
    present, counts = np.unique(labels[(labels != VOID) & (labels != 0)], return_counts=True)
    return int(present[counts.argmax()]) if len(present) else 0


def _part(sample: Mapping[str, Any] | None, name: str) -> Any:
    return None if sample is None else sample.get(name)
