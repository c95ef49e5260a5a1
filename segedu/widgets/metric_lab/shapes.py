"""Binary label maps for the metric lab: what is taken for one, and the pair that it starts with."""

from typing import Any

import numpy as np

from segedu.labels import VOID

SIDES = (4, 48)  # cells: fewer have no inside, more are too small to hit
GRID = (24, 36)  # of the maps that the lab starts with


def as_label_map(values: Any, name: str, void: bool) -> list[list[int]]:
    """Return a map (H, W) as rows of Python ints.

    Args:
        values: a tensor, an array or lists of 0, 1 and, where void is allowed, 255.
        name: how the map is called in an error.
        void: whether void is allowed.

    Raises:
        ValueError: it is not two-dimensional, has a side outside of 4 … 48 or another label.

    >>> as_label_map(np.eye(4), "prediction", void=False)[1]
    [0, 1, 0, 0]
    """
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"the {name} has rows of different lengths; give a label map of shape (H, W)") from error
    low, high = SIDES
    if array.ndim != 2 or not all(low <= side <= high for side in array.shape):
        raise ValueError(f"the {name} has shape {tuple(array.shape)}; give (H, W) with {low} to {high} on each side")
    allowed = [0, 1, VOID] if void else [0, 1]
    if not np.isin(array, allowed).all():
        wrong = array[~np.isin(array, allowed)][0]
        words = "0 and 1; void belongs to the target"
        if void:
            words = "0 for background, 1 for object, 255 for void"
        raise ValueError(f"the {name} contains {wrong}; its labels are {words}")
    rows: list[list[int]] = array.astype(int).tolist()
    return rows


def draw_shape(shape: dict[str, Any], size: tuple[int, int]) -> np.ndarray:
    """Return a map (H, W): 1 where a cell's center lies in the shape, else 0, as in the page.

    Args:
        shape: kind ("rectangle" or "ellipse"), top, left, height and width, in cells.
        size: H and W.

    >>> draw_shape({"kind": "rectangle", "top": 0, "left": 1, "height": 1, "width": 2}, (2, 4)).tolist()
    [[0, 1, 1, 0], [0, 0, 0, 0]]
    """
    # The cells' centers, from the shape's, in half cells.
    rows, cols = np.ogrid[: size[0], : size[1]]
    height = shape["height"]
    width = shape["width"]
    down = 2 * (rows - shape["top"]) + 1 - height
    right = 2 * (cols - shape["left"]) + 1 - width

    # Those in the rectangle, and in the ellipse within it.
    inside = (abs(down) < height) & (abs(right) < width)
    if shape["kind"] == "ellipse":
        inside &= (down * width) ** 2 + (right * height) ** 2 <= (height * width) ** 2
    return inside.astype(int)


def starting_shapes() -> dict[str, dict[str, Any]]:
    """Return the two ellipses that the lab starts with; the prediction lies one row and three columns on."""
    ellipse = {"kind": "ellipse", "height": 14, "width": 20}
    return {
        "target": {**ellipse, "top": 5, "left": 7},
        "prediction": {**ellipse, "top": 6, "left": 10},
    }
