"""The gridding explorer as a picture: the stack from the side, the path counts, the image."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# As in kit/surface.js.
LIT = "#0072B2"
FRAME = "#D55E00"
# As in gridding/image.js.
COVER = 0.88
AROUND = 0.6
RING = "#444444"
READABLE = 17  # pixels a side: larger fields get no numbers
RINGED = 45  # pixels a side: larger fields get no rings


def draw_gridding(
    figure: "Figure",
    rates: Sequence[int],
    kernel_size: int,
    levels: Sequence[Tensor],
    image: np.ndarray,
    middle: Sequence[int],
) -> None:
    """Fill the figure with the stack from the side, the field, and the image under it.

    Args:
        figure: an empty one.
        rates: one dilation per layer, the layer that reads the input first.
        kernel_size: taps per axis.
        levels: the path counts along one axis, (cells,) each, the input first.
        image: (H, W, 3) in [0, 1].
        middle: row and column of the pixel in the middle of the field.
    """
    side, field, over = figure.subplots(1, 3, width_ratios=[1.7, 1, 1])
    counts = [level.numpy() for level in levels]
    _draw_side(side, rates, kernel_size, counts)
    _draw_field(field, counts[0])
    _draw_over(over, counts[0], image, middle)


def _draw_side(
    axes: "Axes",
    rates: Sequence[int],
    kernel_size: int,
    levels: Sequence[np.ndarray],
) -> None:
    """Draw a row of dots per level, the output on top, and a line per tap that a path takes."""
    width = len(levels[0])
    places = [np.arange(len(paths)) + (width - len(paths)) / 2 for paths in levels]
    _draw_taps(axes, rates, kernel_size, levels, places)
    for level, paths in enumerate(levels):
        _draw_level(axes, level, paths, places[level], width)

    # The levels' names, and the axes around them.
    names = ["input", *[f"map {level}" for level in range(1, len(rates))], "output"]
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.tick_params(left=False, labelsize=8)
    axes.set(xlim=(-1, width), ylim=(-0.4, len(rates) + 0.3))
    axes.set_xlabel("input column", fontsize=9)
    axes.spines[["top", "right", "left"]].set_visible(False)
    used = (levels[0] > 0).sum()
    listed = ", ".join(map(str, rates))
    axes.set_title(f"rates {listed}: {used} of {width} columns reached", fontsize=9)


def _draw_taps(
    axes: "Axes",
    rates: Sequence[int],
    kernel_size: int,
    levels: Sequence[np.ndarray],
    places: Sequence[np.ndarray],
) -> None:
    """Draw a line from each cell on a path to each cell that it reads, in the color of the tap."""
    from matplotlib.collections import LineCollection

    from segedu.viz import TAP_COLORS

    thickness = 1.4 if len(levels[0]) < 40 else 0.5
    for level, rate in enumerate(rates, start=1):
        cells = levels[level].nonzero()[0]
        tops = _points(places[level][cells], level)
        for tap in range(kernel_size):
            feet = _points(places[level - 1][cells + rate * tap], level - 1)
            lines = list(np.stack([tops, feet], axis=1))
            color = TAP_COLORS[tap]
            axes.add_collection(LineCollection(lines, colors=color, linewidths=thickness, zorder=1))


def _points(x: np.ndarray, level: int) -> np.ndarray:
    """Return the points (cells, 2) at these x (cells,) in the row of a level."""
    return np.stack([x, np.full(len(x), level)], axis=1)


def _draw_level(
    axes: "Axes",
    level: int,
    paths: np.ndarray,
    places: np.ndarray,
    width: int,
) -> None:
    """Draw the cells of a level as dots, the darker the more paths, rings where there is none.

    Args:
        axes: x in input columns, y in levels.
        level: 0 is the input.
        paths: (cells,), the paths from the output cell to each.
        places: (cells,), the x of each.
        width: columns of the field.
    """
    reached = paths > 0
    shades = _shades(paths)
    heights = np.full(len(paths), level)
    size = min(130.0, (230 / width) ** 2)  # points², so that neighbors don't touch
    colors = _mix(shades[reached])
    axes.scatter(places[reached], heights[reached], s=size, c=colors, zorder=3)
    if size > 2:
        rings: dict[str, Any] = {"facecolors": "white", "edgecolors": RING, "linewidths": 0.8}
        axes.scatter(places[~reached], heights[~reached], s=0.8 * size, zorder=2, **rings)
    if width <= READABLE:
        for x, count, shade in zip(places, paths, shades, strict=True):
            _write(axes, x, level, count, shade, va="center_baseline", fontsize=7, zorder=4)


def _shades(counts: np.ndarray) -> np.ndarray:
    """Return a shade per count, 0 for no path and 1 for the most."""
    return np.where(counts > 0, 0.25 + 0.75 * counts / counts.max(), 0)


def _write(axes: "Axes", x: float, y: float, count: int, shade: float, **font: Any) -> None:
    """Write a count into its dot or cell; a hole stays empty."""
    if count:
        ink = "white" if shade > 0.6 else "black"
        axes.text(x, y, str(count), ha="center", color=ink, **font)


def _draw_field(axes: "Axes", paths: np.ndarray) -> None:
    """Draw the field as a map of path counts, from the counts along one axis."""
    counts = np.outer(paths, paths)
    shades = _shades(counts)
    side = len(paths)
    axes.imshow(_mix(shades))

    # Rings in the holes, numbers in the other pixels, where there is room for them.
    rows, columns = (counts == 0).nonzero()
    if side <= RINGED:
        rings: dict[str, Any] = {"facecolors": "none", "edgecolors": RING, "linewidths": 0.6}
        axes.scatter(columns, rows, s=(70 / side) ** 2, **rings)
    if side <= READABLE:
        font = 7 if counts.max() < 100 else 5.5
        for (row, column), count in np.ndenumerate(counts):
            shade = float(shades[row, column])
            _write(axes, column, row, count, shade, va="center", fontsize=font)

    axes.set(xticks=[], yticks=[])
    reached = (counts > 0).sum()
    axes.set_title(f"{reached:,} of {counts.size:,} pixels, paths to each", fontsize=9)


def _draw_over(
    axes: "Axes",
    paths: np.ndarray,
    image: np.ndarray,
    middle: Sequence[int],
) -> None:
    """Draw the image around `middle`: holes covered, the surroundings faint."""
    from matplotlib.patches import Rectangle

    side = len(paths)
    top, left = (place - (side - 1) // 2 for place in middle)
    height, width = image.shape[:2]

    # How much of each pixel is covered; the field may reach beyond the image.
    cover = np.full((height, width), AROUND)
    rows = slice(max(top, 0), max(top + side, 0))
    columns = slice(max(left, 0), max(left + side, 0))
    holes = np.outer(paths, paths) == 0  # (side, side)
    inside = holes[max(-top, 0) : height - top, max(-left, 0) : width - left]
    cover[rows, columns] = COVER * inside
    axes.imshow(image * (1 - cover[..., None]) + cover[..., None], interpolation="nearest")

    # The field's frame, and a margin around it.
    corner = (left - 0.5, top - 0.5)
    frame = Rectangle(corner, side, side, fill=False, edgecolor=FRAME, linewidth=1.8)
    axes.add_patch(frame)
    margin = max(2, round(0.15 * side)) + 0.5
    right = left + side - 1 + margin
    bottom = top + side - 1 + margin
    axes.set(xlim=(left - margin, right), ylim=(bottom, top - margin))
    axes.set(xticks=[], yticks=[], facecolor="#dddddd")
    axes.set_title(f"what it sees around pixel ({middle[0]}, {middle[1]})", fontsize=9)


def _mix(shades: np.ndarray) -> np.ndarray:
    """Return shades (…) in [0, 1] as colors (…, 3) between white and that of what is reached."""
    from matplotlib.colors import to_rgb

    share = shades[..., None]
    return share * np.array(to_rgb(LIT)) + (1 - share)
