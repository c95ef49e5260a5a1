"""Label files: one value a pixel, exactly as it is stored, or the file named with what it holds instead.

Both kinds are turned upright by an EXIF orientation, as images are: a tool that copied the photograph's tag into the
label file, or drew on what a viewer shows, gives labels that lie on the image.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from segedu.data.images import decode, upright

ALPHA = ("LA", "PA", "RGBA")
WHITES_16 = {0, 255 * 256, 65535}  # black, and white as two ways of writing 16 bits have it


def open_label_map(path: Path) -> Image.Image:
    """Return a file whose pixels are class numbers, in mode "L", "P" (the indices count) or "I" (over 8 bits).

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it can't be read, is a JPEG, or holds colors, fractions, one bit a pixel or an alpha channel
            that hides something.
    """
    image = upright(decode(path))
    if image.format == "JPEG":
        raise ValueError(f"{path} is a JPEG, which changes values by a few; take the data set's own label file.")
    image = _without_alpha(image, path)
    if image.mode == "1":
        raise ValueError(f"{path} has 1 bit a pixel, too few for class numbers; is it the label file?")
    if image.mode == "RGB":
        return _gray_band(image, path)
    return _numbers(image, path)


def open_mask(path: Path) -> Image.Image:
    """Return a black-and-white file in mode "L", or "I" if its numbers don't fit; palettes and colors count as gray.

    Raises as `open_label_map` does.
    """
    image = _without_alpha(upright(decode(path)), path)
    if image.mode == "P":
        return _by_palette(image)
    if image.mode in ("1", "RGB"):
        return image.convert("L")
    image = _numbers(image, path)
    if image.mode == "I":
        values = np.asarray(image)
        if set(np.unique(values).tolist()) <= WHITES_16:
            return Image.fromarray((values >> 8).astype(np.uint8))
    return image


def check_two_values(mask: Image.Image, path: Path) -> None:
    """Raise ValueError if a mask holds other values than 0 and one more, as after JPEG or resizing."""
    values = np.asarray(mask)
    wrong = values[(values != 0) & (values != values.max())]
    if not wrong.size:
        return
    examples = ", ".join(map(str, np.unique(wrong)[:3].tolist()))
    raise ValueError(
        f"{path} holds the values {examples} beside 0 and {values.max()}, but a mask has two: was it saved as JPEG, "
        "or resized? Copy it again, or choose a threshold and save what lies above it."
    )


def _without_alpha(image: Image.Image, path: Path) -> Image.Image:
    """Return the image without its alpha channel; raises ValueError if that isn't opaque everywhere."""
    if image.mode not in ALPHA:
        return image
    low, _ = image.getchannel(image.getbands()[-1]).getextrema()
    if low != 255:
        raise ValueError(
            f"{path} has an alpha channel that isn't opaque; do the labels lie in it? Save them as gray, without alpha."
        )
    return image.convert("RGB") if image.mode == "RGBA" else image.getchannel(0)


def _gray_band(image: Image.Image, path: Path) -> Image.Image:
    """Return the first band of an image with three equal ones; raises ValueError for colors."""
    pixels = np.asarray(image)
    colored = (pixels != pixels[..., :1]).any(axis=-1)
    if colored.any():
        color = tuple(pixels[colored][0].tolist())
        raise ValueError(
            f"{path} holds colors such as {color}; expected one class number a pixel: is it the label file, or its "
            "picture? se.colors_to_labels makes labels of colors."
        )
    return image.getchannel(0)


def _numbers(image: Image.Image, path: Path) -> Image.Image:
    """Return an image of one channel as it is, or as mode "I" if it has more than 8 bits."""
    if image.mode in ("L", "P", "I"):
        return image
    if not (image.mode == "F" or image.mode.startswith("I;16")):
        raise ValueError(f"{path} is an image of mode {image.mode}; expected one number a pixel.")
    values = np.asarray(image)
    with np.errstate(invalid="ignore"):
        whole = values.astype(np.int32)
    if (whole != values).any():
        wrong = float(values[whole != values][0])
        raise ValueError(f"{path} holds the value {wrong:g}; labels are whole numbers, so save them as integers.")
    return Image.fromarray(whole)


def _by_palette(image: Image.Image) -> Image.Image:
    """Return a palette image's gray values; its indices, if the palette makes them all alike."""
    image.info.pop("transparency", None)  # Pillow warns of it
    gray = image.convert("L")
    low, high = gray.getextrema()
    if low == high:
        return Image.fromarray(np.asarray(image))
    return gray
