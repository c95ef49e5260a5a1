"""Image files, decoded or named with what is wrong with them; and sizes, which one number or two may say."""

from pathlib import Path

from PIL import Image


def height_and_width(size: int | tuple[int, int]) -> tuple[int, int]:
    """Return a size as (height, width); an int means both.

    >>> height_and_width(48), height_and_width((48, 64))
    ((48, 48), (48, 64))
    """
    if isinstance(size, int):
        return size, size
    height, width = size
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
