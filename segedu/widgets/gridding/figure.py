"""The gridding explorer as a picture: the stack from the side, the field's path counts, the field on the image."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LIT, FRAME = "#0072B2", "#D55E00"  # as in kit/surface.js
COVER, AROUND = 0.88, 0.6  # as in gridding/image.js
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
    """Fill the figure: levels are the path counts along one axis, the input first; image (H, W, 3) in [0, 1]."""
    side, field, over = figure.subplots(1, 3, width_ratios=[1.7, 1, 1])
    _draw_side(side, rates, kernel_size, [level.numpy() for level in levels])
    _draw_field(field, levels[0].numpy())
    _draw_over(over, levels[0].numpy(), image, middle)


def _draw_side(axes: "Axes", rates: Sequence[int], kernel_size: int, levels: Sequence[np.ndarray]) -> None:
    """Draw a row of dots per level, the output on top, and a line per tap on a path from the output."""
    from matplotlib.collections import LineCollection

    from segedu.viz import TAP_COLORS

    width = len(levels[0])
    places = [np.arange(len(paths)) + (width - len(paths)) / 2 for paths in levels]
    for level, rate in enumerate(rates, start=1):
        for tap in range(kernel_size):
            cells = levels[level].nonzero()[0]
            tops = np.stack([places[level][cells], np.full(len(cells), level)], axis=1)
            feet = np.stack([places[level - 1][cells + rate * tap], np.full(len(cells), level - 1)], axis=1)
            lines = list(np.stack([tops, feet], axis=1))
            thin = 1.4 if width < 40 else 0.5
            axes.add_collection(LineCollection(lines, colors=TAP_COLORS[tap], linewidths=thin, zorder=1))
    size = min(130.0, (230 / width) ** 2)  # points², so that neighbors don't touch
    for level, paths in enumerate(levels):
        reached = paths > 0
        shades = np.where(reached, 0.25 + 0.75 * paths / paths.max(), 0)
        height = np.full(len(paths), level)
        axes.scatter(places[level][reached], height[reached], s=size, c=_mix(shades[reached]), zorder=3)
        if size > 2:
            x, y = places[level][~reached], height[~reached]
            axes.scatter(x, y, s=0.8 * size, facecolors="white", edgecolors=RING, linewidths=0.8, zorder=2)
        if width <= READABLE:
            _write_counts(axes, places[level], height, paths, shades)
    names = ["input", *[f"map {level}" for level in range(1, len(rates))], "output"]
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.tick_params(left=False, labelsize=8)
    axes.set(xlim=(-1, width), ylim=(-0.4, len(rates) + 0.3))
    axes.set_xlabel("input column", fontsize=9)
    axes.spines[["top", "right", "left"]].set_visible(False)
    used = (levels[0] > 0).sum()
    axes.set_title(f"rates {', '.join(map(str, rates))}: {used} of {width} columns reached", fontsize=9)


def _write_counts(axes: "Axes", x: np.ndarray, y: np.ndarray, counts: np.ndarray, shades: np.ndarray) -> None:
    for at, count in enumerate(counts):
        if count:
            ink = "white" if shades[at] > 0.6 else "black"
            axes.text(x[at], y[at], str(count), ha="center", va="center_baseline", fontsize=7, color=ink, zorder=4)


def _draw_field(axes: "Axes", paths: np.ndarray) -> None:
    counts = np.outer(paths, paths)
    shades = np.where(counts > 0, 0.25 + 0.75 * counts / counts.max(), 0)
    axes.imshow(_mix(shades))
    rows, columns = (counts == 0).nonzero()
    if len(paths) <= RINGED:
        axes.scatter(columns, rows, s=(70 / len(paths)) ** 2, facecolors="none", edgecolors=RING, linewidths=0.6)
    if len(paths) <= READABLE:
        font = 7 if counts.max() < 100 else 5.5
        for (row, column), count in np.ndenumerate(counts):
            if count:
                ink = "white" if shades[row, column] > 0.6 else "black"
                axes.text(column, row, str(count), ha="center", va="center", fontsize=font, color=ink)
    axes.set(xticks=[], yticks=[])
    axes.set_title(f"{(counts > 0).sum():,} of {counts.size:,} pixels, paths to each", fontsize=9)


def _draw_over(axes: "Axes", paths: np.ndarray, image: np.ndarray, middle: Sequence[int]) -> None:
    """Draw the image around `middle`: holes covered, the surroundings faint."""
    from matplotlib.patches import Rectangle

    side = len(paths)
    top, left = (at - (side - 1) // 2 for at in middle)
    height, width = image.shape[:2]
    cover = np.full((height, width), AROUND)
    rows, columns = (slice(max(first, 0), max(first + side, 0)) for first in (top, left))
    holes = np.outer(paths, paths) == 0  # (side, side)
    cover[rows, columns] = COVER * holes[max(-top, 0) : height - top, max(-left, 0) : width - left]
    axes.imshow(image * (1 - cover[..., None]) + cover[..., None], interpolation="nearest")
    axes.add_patch(Rectangle((left - 0.5, top - 0.5), side, side, fill=False, edgecolor=FRAME, linewidth=1.8))
    margin = max(2, round(0.15 * side)) + 0.5
    axes.set(xlim=(left - margin, left + side - 1 + margin), ylim=(top + side - 1 + margin, top - margin))
    axes.set(xticks=[], yticks=[], facecolor="#dddddd")
    axes.set_title(f"what it sees around pixel ({middle[0]}, {middle[1]})", fontsize=9)


def _mix(shades: np.ndarray) -> np.ndarray:
    """Return shades (…) in [0, 1] as colors (…, 3) between white and the color of what is reached."""
    from matplotlib.colors import to_rgb

    return shades[..., None] * np.array(to_rgb(LIT)) + (1 - shades[..., None])
