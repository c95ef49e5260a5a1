"""One color per class for the whole course, told apart by people with any kind of color vision."""

import re

import numpy as np

# Any two classes of one data set stay at least 17 CIELAB units apart in protan, deutan, tritan and full color vision.
COLORS: dict[str, str] = {
    "sky": "#67cbfa",
    "meadow": "#b4e84a",
    "road": "#8681a0",
    "building": "#a8825f",
    "tree": "#134231",
    "pole": "#f4d980",
    "car": "#3f6df0",
    "boulder": "#d07c00",
    "pyramid": "#c1006e",
    "sheep": "#ffffff",
    "pavement": "#e6e6f0",
    "sign": "#ff9f2b",
    "fence": "#742a04",
    "pedestrian": "#d54506",
    "bicyclist": "#5c0181",
    "pet": "#d07c00",
    "border": "#f4d980",
    "background": "#34495e",
    "membrane": "#1f1f2e",
    "cell": "#f2d7b6",
    "nucleus": "#d07c00",
    "grass": "#b4e84a",
    "table": "#e1a55a",
    "person": "#9678ff",
    "cat": "#d07c00",
    "cup": "#874b00",
    "saucer": "#1e96c3",
    "spoon": "#8700ff",
    "coin": "#d2b4b4",
    "flag": "#b4f0ff",
    "helmet": "#690f00",
    "rocket": "#f0f0c3",
    "tower": "#e11e96",
    "lamp": "#4b0087",
    "camera": "#2d00b4",
    "tripod": "#4b2d2d",
}

# The stripes of a wrong pixel: as far from each color above, and from the grays of void and of faint images, as any
# two classes of one data set from each other.
WRONG: tuple[str, str] = ("#8741b4", "#230500")


def class_colors(classes: tuple[str, ...]) -> np.ndarray:
    """Return the course's colors of `classes` as a (C, 3) uint8 array.

    Raises:
        KeyError: a class has no color yet; give it one in `COLORS`.

    >>> class_colors(("sky", "road"))
    array([[103, 203, 250],
           [134, 129, 160]], dtype=uint8)
    """
    return hex_to_rgb(*(COLORS[name] for name in classes))


def hex_to_rgb(*colors: str) -> np.ndarray:
    """Return colors written as "#rrggbb" as a (C, 3) uint8 array.

    Raises:
        ValueError: a text is no such color.

    >>> hex_to_rgb("#0072B2", "#ffffff").tolist()
    [[0, 114, 178], [255, 255, 255]]
    """
    for color in colors:
        if not (isinstance(color, str) and re.fullmatch("#?[0-9a-fA-F]{6}", color)):
            raise ValueError(f"{color!r} is no color; write it as '#rrggbb', two digits each for red, green, blue.")
    channels = [list(bytes.fromhex(color.removeprefix("#"))) for color in colors]
    return np.array(channels, np.uint8).reshape(-1, 3)
