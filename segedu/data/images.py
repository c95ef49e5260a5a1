"""Image files, decoded upright or named with what is wrong with them; and sizes, which one number or two may say."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, cast

import numpy as np
from PIL import Image, ImageOps

from segedu.scalars import whole_number

SIDES = ("height", "width")
GRAY_16 = "I;16"  # Pillow's name of gray images of 16 bits
ORIENTATION = 0x0112  # the EXIF tag; 1 is upright


def height_and_width(size: int | Sequence[int]) -> tuple[int, int]:
    """Return a size as (height, width); one number means both.

    Raises:
        TypeError: it is neither a whole number nor a sequence.
        ValueError: it holds another count of numbers than two, or one that isn't a whole number of at least 1.

    >>> height_and_width(48), height_and_width((48, 64))
    ((48, 48), (48, 64))
    """
    is_sequence = hasattr(size, "__len__") and not isinstance(size, str) and getattr(size, "ndim", 1) > 0
    if not is_sequence:
        side = whole_number(size, "size", at_least=1)
        return side, side
    sides = list(cast("Sequence[int]", size))
    if len(sides) != 2:
        raise ValueError(f"size is {size}; it must be (height, width), or one whole number for both.")
    height, width = (
        whole_number(side, f"the {name} in size", at_least=1) for side, name in zip(sides, SIDES, strict=True)
    )
    return height, width


def open_image(path: Path, mode: Literal["RGB"] | None) -> Image.Image:
    """Return an image as every viewer shows it: decoded, and turned upright by its EXIF orientation.

    Gray, palette and CMYK images become RGB; an alpha channel is left out.

    Args:
        path: the file.
        mode: "RGB" for 8 bits a channel; None keeps the 16 bits of a gray image, as mode "I;16".

    Raises:
        FileNotFoundError: there is no such file.
        OSError: it can't be read, for want of a permission, say.
        ValueError: it is no image, ends too early, is too large, or holds numbers of 32 bits.
    """
    image = upright(decode(path))
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PNG"):
        image = _gray(image)
        return image if mode is None else _in_eight_bits(image)
    if image.mode in ("I", "F"):
        low, high = image.getextrema()
        raise ValueError(
            f"{path} holds numbers of 32 bits, from {low:g} to {high:g}, and doesn't say which of them is white: "
            "save it with 8 or 16 bits a pixel."
        )
    image.info.pop("transparency", None)  # Pillow warns of palettes that have it
    try:
        return image if image.mode == "RGB" else image.convert("RGB")
    except ValueError:
        raise ValueError(f"{path} is an image of mode {image.mode}; save it as RGB or gray.") from None


def pixels_of(image: Image.Image, size: tuple[int, int] | None = None) -> np.ndarray:
    """Return an image of `open_image` as (3, H, W), uint8 of RGB, uint16 of gray with 16 bits.

    size: (height, width) to resize to, bilinear with antialiasing.
    """
    if image.mode == GRAY_16:
        plane = np.asarray(image)
        if size is not None:
            exact = Image.fromarray(plane.astype(np.float32))
            resized = np.asarray(exact.resize(size[::-1], Image.Resampling.BILINEAR))
            plane = np.rint(resized).clip(0, 65535).astype(np.uint16)
        return np.repeat(plane[None], 3, axis=0)
    if size is not None:
        image = image.resize(size[::-1], Image.Resampling.BILINEAR)  # Pillow's is antialiased
    return np.ascontiguousarray(np.asarray(image).transpose(2, 0, 1))


def decode(path: Path) -> Image.Image:
    """Return a file's pixels as they are stored; raises as `open_image` does."""
    try:
        image = Image.open(path)
        image.load()
        return image
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} is not there; fetch or copy the data set again.") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValueError(
            f"{path} is too large to be read at once ({error}): cut it into tiles, or, if you trust the file, raise "
            "PIL.Image.MAX_IMAGE_PIXELS."
        ) from None
    except MemoryError:
        raise
    except Exception as error:  # Pillow's readers raise whatever the bytes of a damaged file make them raise
        if isinstance(error, OSError) and error.errno is not None:
            raise OSError(error.errno, f"{error.strerror}, so it can't be read", str(path)) from None
        raise ValueError(
            f"{path} can't be read as an image ({error}); it is damaged: fetch or copy it again."
        ) from None


def upright(image: Image.Image) -> Image.Image:
    """Return an image turned by its EXIF orientation, which `info["turned"]` then holds; viewers turn it, too."""
    orientation = _orientation(image)
    if not 2 <= orientation <= 8:
        return image
    file_format = image.format
    image = ImageOps.exif_transpose(image)
    image.format = file_format
    image.info["turned"] = orientation
    return image


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:  # what can't be read turns nothing, and the pixels are whole
        return 1


def _gray(image: Image.Image) -> Image.Image:
    """Return an image of 16 bits, in any byte order, as mode "I;16"."""
    return Image.fromarray(np.asarray(image).astype(np.uint16))


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Return a gray image of 16 bits as RGB: 65535 is white."""
    plane = np.rint(np.asarray(image) / 257).astype(np.uint8)  # 257 · 255 = 65535
    return Image.fromarray(plane).convert("RGB")
