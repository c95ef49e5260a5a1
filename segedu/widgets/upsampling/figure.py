"""The upsampling explorer as a picture: the grids in one row, and the ruler that shows where the pixel centers lie."""

from typing import TYPE_CHECKING

import numpy as np

from segedu.widgets.kit.grids import draw_grid, draw_sign, outline
from segedu.widgets.upsampling.core import INTERPOLATIONS, WEIGHTED, axis_place, axis_taps

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SMALLEST_CELL = 24  # px, for numbers with one decimal; below, the output is drawn as shades
_RULER_ROWS = {False: "align_corners=False: pixels are areas", True: "align_corners=True: pixels are points"}


def draw_upsampling(
    figure: "Figure",
    image: np.ndarray,
    output: np.ndarray,
    method: str,
    factor: int,
    align_corners: bool,
    position: tuple[int, int],
) -> None:
    """Draw input → output, the inputs of output[position] in the colors of their taps, and the ruler of the columns."""
    interpolated = method in INTERPOLATIONS
    axes = figure.subplots(2, 1, height_ratios=[2.2, 1]) if interpolated else [figure.add_subplot()]
    ring, taps = 0, _nail(position, factor)
    if interpolated:
        ring, taps = _taps(image.shape, output.shape, method, align_corners, position)
    values = np.pad(image, ring, mode="edge")
    draw = _GridRow(figure, axes[0], [values, output], height=0.69 if interpolated else 1)
    draw.grid(values, "input and border" if ring else "input", taps, ring)
    draw.grid(output, "output", {}, frame=position)
    if interpolated:
        row = round(axis_place(image.shape[0], output.shape[0], method, align_corners, position[0])) + ring
        columns = {x - ring: tap for (y, x), tap in taps.items() if y == row or method not in WEIGHTED}
        _draw_ruler(axes[1], image.shape[1], output.shape[1], method, align_corners, position[1], columns)


def draw_unpooling(
    figure: "Figure", before: np.ndarray, output: np.ndarray, factor: int, position: tuple[int, int]
) -> None:
    """Draw the map before pooling → the pooled map → the output; each maximum wears one color in all three."""
    height, width = before.shape[0] // factor, before.shape[1] // factor
    blocks = before.reshape(height, factor, width, factor).swapaxes(1, 2).reshape(height, width, -1)
    pooled, homes, colors = blocks.max(axis=2), {}, {}
    for number, (row, col) in enumerate(np.ndindex(height, width)):
        down, along = divmod(int(blocks[row, col].argmax()), factor)
        homes[row * factor + down, col * factor + along] = colors[row, col] = number % 25
    draw = _GridRow(figure, figure.add_subplot(), [before, pooled, output], height=1)
    draw.grid(before, "before pooling", homes)
    draw.grid(pooled, "pooled", colors)
    draw.grid(output, "output", {} if np.isnan(output).all() else homes, frame=position)


class _GridRow:
    """Grids of cells of one size with arrows between them; numbers with as many decimals as a cell has room for."""

    def __init__(self, figure: "Figure", axes: "Axes", grids: list[np.ndarray], height: float) -> None:
        """Take the axes and all grids that will be drawn; height: the share of the figure's height that is theirs."""
        rows, cols = max(len(each) for each in grids) + 2, sum(each.shape[1] for each in grids) + 1.2 * (len(grids) - 1)
        wide, high = (side * figure.dpi for side in figure.get_size_inches())
        cell = min(wide / cols, high * height / rows)
        self.axes, self.left, self.decimals = axes, 0.0, 2 if cell >= 31 else 1 if cell >= SMALLEST_CELL else None
        axes.set(xlim=(-0.3, cols + 0.3), ylim=(rows / 2 - 0.7, -rows / 2 - 0.5), aspect="equal")
        axes.axis("off")

    def grid(
        self,
        values: np.ndarray,
        title: str,
        taps: dict[tuple[int, int], int],
        padding: int = 0,
        frame: tuple[int, int] | None = None,
    ) -> None:
        """Draw the next grid, an arrow before it unless it is the first; frame: the cell to outline."""
        left = draw_sign(self.axes, self.left, "→") if self.left else 0.0
        if self.decimals is None:
            self.left = self._shades(left, values, title, taps)
        else:
            rounded = values.round(self.decimals) + 0.0  # no −0
            differs = not np.allclose(rounded, values, equal_nan=True)
            self.left = draw_grid(self.axes, left, rounded, title + (", rounded" if differs else ""), taps, padding)
        if frame is not None:
            outline(self.axes, left + frame[1], frame[0] - len(values) / 2, 1, 1)

    def _shades(self, left: float, values: np.ndarray, title: str, taps: dict[tuple[int, int], int]) -> float:
        from matplotlib.colors import to_rgb

        from segedu.viz import TAP_COLORS

        height, width = values.shape
        low, high = (np.nanmin(values), np.nanmax(values)) if not np.isnan(values).all() else (0, 1)
        gray = 1 - 0.6 * np.nan_to_num((values - low) / max(high - low, 1e-9))
        picture = np.repeat(gray[..., None], 3, axis=2)
        for cell, tap in taps.items():
            picture[cell] = to_rgb(TAP_COLORS[tap])
        extent = (left, left + width, height / 2, -height / 2)
        self.axes.imshow(picture, extent=extent, interpolation="nearest", aspect="equal")
        outline(self.axes, left, -height / 2, width, height, linewidth=0.8)
        self.axes.text(left, -height / 2 - 0.2, f"{title}\n{height} × {width}", ha="left", va="bottom", fontsize=9)
        return left + width


def _nail(position: tuple[int, int], factor: int) -> dict[tuple[int, int], int]:
    rows, cols = (divmod(at, factor) for at in position)
    return {(rows[0], cols[0]): 0} if rows[1] == cols[1] == 0 else {}


def _taps(
    inputs: tuple[int, ...], outputs: tuple[int, ...], method: str, align_corners: bool, position: tuple[int, int]
) -> tuple[int, dict[tuple[int, int], int]]:
    """Return how many cells beyond the border some pixel reads, and {(row, col) with that border: tap}."""
    axes = list(zip(inputs, outputs, strict=True))
    ring = max(
        max(0, -at, at - n + 1)
        for n, m in axes
        for i in range(m)
        for _, at in axis_taps(n, m, method, align_corners, i)
    )
    rows, cols = (axis_taps(n, m, method, align_corners, i) for (n, m), i in zip(axes, position, strict=True))
    across = {"bilinear": 2, "bicubic": 4}.get(method, 1)
    return ring, {(y + ring, x + ring): a * across + b for a, y in rows for b, x in cols}


def _draw_ruler(
    axes: "Axes", inputs: int, outputs: int, method: str, align_corners: bool, i: int, columns: dict[int, int]
) -> None:
    """Draw one row of input pixels and, below, the output's at their true places, as areas and as points."""
    from segedu.viz import TAP_COLORS

    for at in sorted({*range(inputs), *columns}):
        color = TAP_COLORS[columns[at]] if at in columns else "white"
        _bar(axes, at, 1, 0, color, dotted=not 0 <= at < inputs)
    rows = (False, True) if method in WEIGHTED else (False,)
    for line, aligned in enumerate(rows, start=1):
        _draw_places(axes, inputs, outputs, "bilinear" if method == "nearest" else method, aligned, i, 1.5 * line)
        place = float(axis_place(inputs, outputs, method, aligned, i))
        chosen = method not in WEIGHTED or aligned == align_corners
        axes.plot([place, place], [0.7, 1.5 * line], color="black", linewidth=1.8 if chosen else 0.8)
        title = _RULER_ROWS[aligned] if method in WEIGHTED else "output pixels"
        words = f"{title}; column {i} looks at {f'{place:.4g}'.replace('-', '−')}"
        axes.text(
            inputs + 0.9, 1.5 * line + 0.35, words, va="center", fontsize=9, weight="bold" if chosen else "normal"
        )
    axes.text(inputs + 0.9, 0.35, "columns of the input", va="center", fontsize=9)
    axes.set(xlim=(-2.6, inputs + 7.5), ylim=(1.5 * len(rows) + 1, -0.2), aspect="auto")
    axes.axis("off")


def _draw_places(axes: "Axes", inputs: int, outputs: int, method: str, aligned: bool, i: int, top: float) -> None:
    width = inputs / outputs if not aligned else (inputs - 1) / max(outputs - 1, 1) or 1
    for k in range(outputs):
        place = float(axis_place(inputs, outputs, method, aligned, k))
        _bar(axes, place, width, top, "#c8c8c8" if k == i else "white")


def _bar(axes: "Axes", center: float, width: float, top: float, color: str, dotted: bool = False) -> None:
    from matplotlib.patches import Rectangle

    style = ":" if dotted else "-"
    axes.add_patch(
        Rectangle(
            (center - width / 2, top), width, 0.7, facecolor=color, edgecolor="#444444", linestyle=style, linewidth=0.8
        )
    )
    axes.plot([center], [top + 0.35], ".", color="black", markersize=3)
