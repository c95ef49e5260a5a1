"""The pixel that an explorer of images points at."""


def check_pixel(pixel: list[int], size: list[int]) -> list[int]:
    """Return [row, column]; raise ValueError if it lies outside of an image of size [height, width].

    >>> check_pixel([4, 6], [5, 7])
    [4, 6]
    """
    (row, column), (height, width) = pixel, size
    if not (0 <= row < height and 0 <= column < width):
        raise ValueError(f"pixel [{row}, {column}] lies outside of the image of {height} × {width} pixels")
    return [row, column]
