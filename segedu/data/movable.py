"""What of a sample lies on its image's pixels and moves with them; what would stay behind is named."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torchvision import tv_tensors

from segedu.data.sample import Sample
from segedu.labels import VOID, check_integers

# What stands outside of the image, by key.
FILL: dict[str, float] = {
    "image": 0.5,
    "label_map": VOID,
    "masks": 0,
    "panoptic": VOID * 1000,
    "depth_order": 0,
    "salient": 0,
}

MOVABLE = (tv_tensors.Image, tv_tensors.Mask, tv_tensors.BoundingBoxes, tv_tensors.KeyPoints)


def make_movable(sample: Sample) -> Sample:
    """Return a copy of a sample in which all that moves is a tv_tensor that can hold what fills its outside.

    Tensors under the keys of `FILL` are taken for what these keys mean; under other keys, what is
    an Image, a Mask, BoundingBoxes or KeyPoints moves too.

    Raises:
        TypeError: there is no float image, labels aren't integer, or something would stay behind.
        ValueError: something has another size than the image, or the image's values aren't 0 to 1.
    """
    image = _image_of(sample)
    size = (image.shape[-2], image.shape[-1])
    result = dict(sample)
    result["image"] = image
    for key, value in sample.items():
        if key == "image" or _is_redrawn(key, sample):
            continue
        if key in FILL or isinstance(value, tv_tensors.Mask):
            result[key] = _mask(key, value, size)
        elif isinstance(value, MOVABLE):
            _check_size(key, value, size)
        else:
            _check_stays(key, value)
    return result


def moving(sample: Sample) -> Iterator[tuple[str, Tensor]]:
    """Yield by key what moves in a sample that was made movable."""
    for key, value in sample.items():
        if isinstance(value, MOVABLE) and not _is_redrawn(key, sample):
            yield key, value


def _is_redrawn(key: str, sample: Sample) -> bool:
    """Whether these are the boxes of masks, which are drawn anew around what is left of them."""
    return key == "boxes" and "masks" in sample


def fill_of(key: str, value: Tensor) -> float:
    """Return what stands outside of the image: void for integers, 0 for other masks, gray for images.

    >>> fill_of("label_map", torch.zeros(2, 2)), fill_of("edges", torch.zeros(2, 2).bool())
    (255, 0)
    """
    if key in FILL:
        return FILL[key]
    if isinstance(value, tv_tensors.Image):
        return FILL["image"]
    if value.is_floating_point() or value.dtype == torch.bool:
        return 0
    return VOID


def _image_of(sample: Sample) -> tv_tensors.Image:
    """Return the image (C, H, W), float in [0, 1]."""
    if not isinstance(sample, dict) or not isinstance(sample.get("image"), Tensor):
        raise TypeError('Augment takes a sample: a dict with "image", a tensor (C, H, W), and its labels.')
    image = sample["image"]
    if image.ndim != 3 or not image.is_floating_point():
        raise TypeError(
            f"the image is {image.dtype} of shape {tuple(image.shape)}; expected floats (C, H, W) from 0 to 1: "
            "take v2.functional.to_dtype(image, torch.float32, scale=True)."
        )
    if image.numel() and not -0.1 <= float(image.min()) <= float(image.max()) <= 1.1:
        raise ValueError(
            f"the image runs from {float(image.min()):g} to {float(image.max()):g}; expected 0 to 1: divide 0 … 255 "
            "by 255, and normalize after augmenting."
        )
    return image if isinstance(image, tv_tensors.Image) else tv_tensors.Image(image)


def _mask(key: str, value: Any, size: tuple[int, int]) -> tv_tensors.Mask:
    """Return labels of the image's size as a mask whose type holds what fills its outside."""
    if not isinstance(value, Tensor | np.ndarray):
        raise TypeError(f"{key!r} is a {type(value).__name__}; expected a tensor of the image's height and width.")
    plain = torch.as_tensor(value).as_subclass(Tensor)
    if tuple(plain.shape[-2:]) != size:
        raise ValueError(f"{key!r} has shape {tuple(plain.shape)}, the image {_by(size)} pixels; both must agree.")
    if key in ("label_map", "panoptic"):
        check_integers(plain, "label map" if key == "label_map" else key)
    if _holds(plain.dtype, fill_of(key, plain)):
        return value if isinstance(value, tv_tensors.Mask) else tv_tensors.Mask(plain)
    return tv_tensors.Mask(plain.long())


def _holds(dtype: torch.dtype, fill: float) -> bool:
    """Whether masks of a type can be cut and filled; of the unsigned ones, torch can only do that to 8 bits."""
    if dtype == torch.bool:
        return fill <= 1
    if dtype.is_floating_point:
        return True
    return dtype in (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64) and fill <= torch.iinfo(dtype).max


def _check_size(key: str, value: Any, size: tuple[int, int]) -> None:
    has_canvas = isinstance(value, tv_tensors.BoundingBoxes | tv_tensors.KeyPoints)
    actual = tuple(value.canvas_size if has_canvas else value.shape[-2:])
    if actual != size:
        raise ValueError(f"{key!r} is for {_by(actual)} pixels, the image has {_by(size)}; both must agree.")
    if isinstance(value, tv_tensors.BoundingBoxes) and tv_tensors.is_rotated_bounding_format(value.format):
        raise TypeError(f"{key!r} are boxes of format {value.format.value}; give boxes along the image's axes.")


def _check_stays(key: str, value: Any) -> None:
    """Raise TypeError for what may have places in the image, but would be left where it is."""
    is_array = isinstance(value, Tensor | np.ndarray)
    is_nested = isinstance(value, Sequence) and any(
        isinstance(part, list | tuple | Tensor | np.ndarray) for part in value
    )
    if not (isinstance(value, tv_tensors.TVTensor) or (is_array and value.ndim > 1) or is_nested):
        return
    what = f"a {type(value).__name__}" + (f" of shape {tuple(value.shape)}" if is_array else "")
    raise TypeError(
        f"{key!r} is {what}, which would stay where it is while the image moves: wrap it in torchvision's Mask, "
        "BoundingBoxes or KeyPoints, or leave it out of the sample."
    )


def _by(size: Sequence[int]) -> str:
    return " × ".join(map(str, size))
