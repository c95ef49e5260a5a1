"""Image files, decoded or named with what is wrong with them; and sizes, which one number or two may say."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from PIL import Image

from segedu.scalars import whole_number

SIDES = ("height", "width")


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


def open_image(path: Path, mode: str | None) -> Image.Image:
    """Return a decoded image; `mode` None keeps a label file's own values (palette indices are class indices).

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no image, or it ends too early.
    """
    try:
        image = Image.open(path)
        image.load()
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} is not there; fetch or copy the data set again.") from None
    except (OSError, SyntaxError) as error:
        raise ValueError(
            f"{path} can't be read as an image ({error}); it is damaged: fetch or copy it again."
        ) from None
    if mode:
        return image if image.mode == mode else image.convert(mode)
    return image if image.mode in ("L", "P") else image.convert("L")
