"""What the upsampling explorer shows, computed by torch, and the data it starts from."""

from fractions import Fraction
from math import floor

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.data.photos import photo as load_photo
from segedu.ops.upsampling import interpolation_matrix
from segedu.widgets.kit.images import read_image

WEIGHTED = ("bilinear", "bicubic")  # the methods for which align_corners has a meaning
INTERPOLATIONS = ("nearest", "nearest-exact", *WEIGHTED)
METHODS = (*INTERPOLATIONS, "bed of nails", "max unpooling")
LARGEST_INPUT = 6  # cells per side
LARGEST_FACTOR = 5
LARGEST_OUTPUT = LARGEST_INPUT * LARGEST_FACTOR
CROP = (60, 120)  # divisible by every factor, so that the photo can be shrunk and brought back
_EYES = (32, 64)  # upper left corner of the cat's eyes in the default photo, 150 × 225


def enlarge(
    source: Tensor,
    method: str,
    factor: int,
    size: tuple[int, int],
    align_corners: bool,
) -> Tensor:
    """Return a map enlarged by torch, (H', W').

    Args:
        source: (H, W); for "max unpooling" the map before pooling.
        method: one of `METHODS`.
        factor: of the methods that don't interpolate.
        size: height and width of the output, for those that do.
        align_corners: torch's option.
    """
    image = source[None, None]
    if method == "max unpooling":
        values, indices = F.max_pool2d(image, factor, return_indices=True)
        return F.max_unpool2d(values, indices, (factor, factor))[0, 0]
    if method == "bed of nails":
        height, width = source.shape
        nails = source.new_zeros(height * factor, width * factor)
        nails[::factor, ::factor] = source
        return nails
    aligned = align_corners if method in WEIGHTED else None
    return F.interpolate(image, size, mode=method, align_corners=aligned)[0, 0]


def class_ids(values: Tensor) -> Tensor:
    """Return values rounded to int64, a half to the even number.

    What differs from a half by 1e-9 counts as a half.

    >>> class_ids(torch.tensor([0.5, 1.5, 2.5000000000001], dtype=torch.float64)).tolist()
    [0, 2, 2]
    """
    return values.round(decimals=9).round().long()


def pool(before: Tensor, factor: int) -> Tensor:
    """Return the maxima of the factor × factor blocks of a map (H, W).

    Raises:
        ValueError: the factor doesn't divide a side.
    """
    if before.shape[0] % factor or before.shape[1] % factor:
        raise ValueError(
            f"before has shape {tuple(before.shape)}, which factor {factor} does not divide; give multiples of it"
        )
    return F.max_pool2d(before[None, None], factor)[0, 0]


def default_before(image: Tensor, factor: int) -> Tensor:
    """Make up a map (H · factor, W · factor) whose max pooling is an image (H, W).

    The maximum is elsewhere in each block.

    >>> default_before(torch.tensor([[5.0, 7.0]]), 2).tolist()
    [[3.0, 5.0, 3.0, 6.0], [1.0, 4.0, 7.0, 4.0]]
    """
    # Where the maximum is in each block, and by how much each other cell is below it.
    row, col, place = np.indices((*image.shape, factor * factor))  # (H, W, f²)
    top = (3 * row + 5 * col + 2 * row * col + 1) % (factor * factor)
    below = 1 + (place + row + 2 * col + 1) % 4

    # The cells, as after a ReLU where that is possible.
    value = image.numpy()[..., None]
    others = np.where(value > 0, np.maximum(value - below, 0), value - below)
    cells = np.where(place == top, value, others)

    # The blocks side by side.
    blocks = torch.from_numpy(cells).unflatten(2, (factor, factor))  # (H, W, f, f)
    return blocks.permute(0, 2, 1, 3).flatten(2, 3).flatten(0, 1)


def axis_place(
    inputs: int,
    outputs: int,
    method: str,
    align_corners: bool,
    i: int,
) -> Fraction:
    """Return where output pixel i looks along one axis, exactly.

    The place is in input pixels from the center of the first. Torch's "nearest" looks with the
    pixel's left edge, everything else with its center.
    """
    if align_corners and method in WEIGHTED:
        if outputs == 1:
            return Fraction(0)
        return Fraction(i * (inputs - 1), outputs - 1)
    center = Fraction(0) if method == "nearest" else Fraction(1, 2)
    return (i + center) * Fraction(inputs, outputs) - Fraction(1, 2)


def axis_taps(
    inputs: int,
    outputs: int,
    method: str,
    align_corners: bool,
    i: int,
) -> list[tuple[int, int]]:
    """Return (tap, input index) of what output pixel i reads along one axis.

    Outside of the map, the border repeats.
    """
    if method not in WEIGHTED:
        weights = interpolation_matrix(inputs, outputs, method)[i]
        return [(0, int(weights.argmax()))]
    place = axis_place(inputs, outputs, method, align_corners, i)
    reach = 1 if method == "bilinear" else 2
    if place.denominator == 1:
        return [(reach - 1, int(place))]
    first = floor(place) - reach + 1
    return [(tap, first + tap) for tap in range(2 * reach)]


def photo_crop(photo: Tensor | None) -> np.ndarray:
    """Return the middle (60, 120, 3) of a photo as uint8, or the cat's eyes.

    Raises:
        ValueError: the photo isn't (3, H, W) floats of at least that size.
    """
    height, width = CROP
    if photo is None:
        top, left = _EYES
        photo = load_photo("chelsea", size=(150, 225))
    else:
        _check_photo(photo)
        photo = read_image(photo, "photo")
        top = (photo.shape[1] - height) // 2
        left = (photo.shape[2] - width) // 2
    crop = photo.detach().cpu()[:, top : top + height, left : left + width]
    pixels = (crop.clamp(0, 1) * 255).round().byte()
    return pixels.permute(1, 2, 0).contiguous().numpy()


def _check_photo(photo: Tensor) -> None:
    shape = tuple(photo.shape)
    is_image = len(shape) == 3 and shape[0] == 3 and photo.is_floating_point()
    if not is_image or shape[1] < CROP[0] or shape[2] < CROP[1]:
        raise ValueError(
            f"the photo is {photo.dtype} of shape {shape}; give (3, H, W) floats in [0, 1], "
            f"at least {CROP[0]} × {CROP[1]} pixels"
        )
