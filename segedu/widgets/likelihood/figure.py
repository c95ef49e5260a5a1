"""The likelihood explorer as a picture: a curve on histograms, the loss over (w, b), four maps."""

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.widgets.likelihood.core import STEPS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

# As in likelihood/colors.js: low to high.
RAMPS = {
    "p": ("#0d1440", "#2b5c8a", "#35a08b", "#b3d465", "#fdf3a8"),
    "loss": ("#04051a", "#5a1a5e", "#c03a50", "#f59a38", "#fdf6b8"),
    "gradient": ("#0072B2", "#f4f4f4", "#D55E00"),
    "surface": ("#fdf6b8", "#f59a38", "#c03a50", "#5a1a5e", "#04051a"),
}
LOSS_TOP = 4.0  # of the loss map; p of the right class is then 0.018
TARGET_COLOR = "#D55E00"
OTHER_COLOR = "#0072B2"
CURVE_COLOR = "#111111"
PATH_COLOR = "#00b4d8"
LIMIT = 12  # of w and b
BINS = 40
BAR_HEIGHT = 0.45  # of the highest bar of a histogram, as a share of the axes


class LikelihoodState(Protocol):
    """What a picture needs of the explorer's state."""

    best: Any
    classes: Any  # list[str]
    feature: Any
    gradient_map: Any
    image: Any
    loss_map: Any
    p: Any
    pixel: Any  # list[int]
    point: Any
    predict: Any  # bool
    scores: Any
    target: Any
    trajectory: Any
    valid: Any
    x: Any
    y: Any


def draw_likelihood(figure: "Figure", explorer: LikelihoodState) -> None:
    """Fill the figure with the state of the explorer."""
    parts: Any = figure.subfigures(2, 1, height_ratios=[1.15, 1])
    above, below = parts
    curve, surface_axes = above.subplots(1, 2, width_ratios=[1.7, 1])
    _draw_curve(curve, explorer)
    if explorer.predict:
        _draw_unknown(surface_axes, "mean loss over w and b")
    else:
        _draw_surface(surface_axes, explorer)
    _draw_maps(below, explorer)


def ramp(name: str) -> "Colormap":
    """Return the explorer's colors of a map as a colormap; void is gray."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list(name, RAMPS[name]).with_extremes(bad="#9a9a9a")


def _draw_curve(axes: "Axes", explorer: LikelihoodState) -> None:
    """Draw p over x, on the histograms of the target's pixels and of all others."""
    x = explorer.x[explorer.valid]
    y = explorer.y[explorer.valid]
    low, high = (float(x.min()), float(x.max())) if len(x) else (-1.0, 1.0)
    edges = np.linspace(low - 0.1, high + 0.1, BINS + 1)
    _draw_histograms(axes, x, y, edges, explorer.classes[explorer.target])

    # The curve, and the x where it turns from one class to the other.
    w, b = explorer.point
    places = torch.linspace(edges[0], edges[-1], 300, dtype=torch.float64)
    p = (w * places + b).sigmoid()
    axes.plot(places, p, color=CURVE_COLOR, linewidth=2.2, label="p = 1 / (1 + e^−z)")
    if w and edges[0] < -b / w < edges[-1]:
        axes.axvline(-b / w, color=CURVE_COLOR, linewidth=1, linestyle="--", label="p = 0.5")

    # The axes around them.
    axes.set(xlim=(edges[0], edges[-1]), ylim=(0, 1), yticks=[0, 0.25, 0.5, 0.75, 1])
    contrast = "brightness − ½" if explorer.feature == "brightness" else explorer.feature
    axes.set_xlabel(f"x: 10·({contrast})")
    axes.set_ylabel("p")
    sign = "+" if b >= 0 else "−"
    logit = f"{w:.2f}·x {sign} {abs(b):.2f}".replace("-", "−")
    axes.set_title(f"p = σ(z), z = {logit}; bars: shares of each side's pixels", fontsize=9)
    axes.legend(fontsize=7.5, loc="center left", framealpha=0.9)


def _draw_histograms(axes: "Axes", x: Tensor, y: Tensor, edges: np.ndarray, name: str) -> None:
    """Hang the target's histogram from above and stand the others' below, as the curve should lie.

    Args:
        axes: x over p.
        x: (N,), what the classifier sees of each pixel.
        y: (N,), 1 where a pixel is the target's.
        edges: (BINS + 1,), of the bars.
        name: the target's.
    """
    target, _ = np.histogram(x[y == 1], edges)
    other, _ = np.histogram(x[y == 0], edges)
    target_size = max(target.sum(), 1)
    other_size = max(other.sum(), 1)
    top = max((target / target_size).max(), (other / other_size).max()) or 1
    hanging = 1 - BAR_HEIGHT * target / target_size / top
    standing = BAR_HEIGHT * other / other_size / top
    bars: dict[str, Any] = {"fill": True, "alpha": 0.75}
    axes.stairs(hanging, edges, baseline=1, color=TARGET_COLOR, label=name, **bars)
    axes.stairs(standing, edges, color=OTHER_COLOR, label="all other classes", **bars)


def _draw_unknown(axes: "Axes", title: str) -> None:
    """Leave a place empty that `predict` hides."""
    font: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 24, "color": "#666666"}
    axes.text(0.5, 0.5, "?", transform=axes.transAxes, **font)
    axes.set(xticks=[], yticks=[])
    axes.set_title(title, fontsize=9)


def _draw_surface(axes: "Axes", explorer: LikelihoodState) -> None:
    """Draw the logarithm of the mean loss over w and b, the path of the descent, and two points."""
    # The surface.
    valid = explorer.valid
    values = surface(explorer.x[valid], explorer.y[valid])
    extent = (-LIMIT, LIMIT, -LIMIT, LIMIT)
    levels = np.linspace(float(values.min()), float(values.max()) + 1e-9, 13)
    axes.contourf(values, levels, extent=extent, cmap=ramp("surface"))

    # The path, its present point and the best one.
    w, b = explorer.trajectory.T
    path: dict[str, Any] = {"color": PATH_COLOR, "linewidth": 1.4, "marker": ".", "markersize": 4}
    axes.plot(w, b, label=f"{STEPS} steps", **path)
    point: dict[str, Any] = {"color": "white", "markeredgecolor": "black"}
    axes.plot(*explorer.point, "o", markersize=8, label="shown w and b", **point)
    if explorer.best:
        axes.plot(*explorer.best, "*", markersize=13, label="least loss", **point)

    # The axes around them.
    axes.set(xlim=(-LIMIT, LIMIT), ylim=(-LIMIT, LIMIT), xlabel="w", ylabel="b")
    axes.set_title(f"Mean loss {explorer.scores.loss:.3f}; brighter is lower", fontsize=9)
    axes.legend(fontsize=7, loc="upper left", framealpha=0.9)


def surface(x: Tensor, y: Tensor, side: int = 49) -> np.ndarray:
    """Return log10 of the mean loss over b (rows) and w (columns) from −12 to 12, (side, side).

    Args:
        x: (N,) float64, what the classifier sees of each pixel.
        y: (N,) float64, 1 where a pixel is the target's.
        side: points along each axis.
    """
    # Pixels of the same x have the same loss: count them by class.
    values, where = x.unique(return_inverse=True) if len(x) else (x, x.long())
    none = torch.zeros(len(values), dtype=torch.float64)
    ones = none.index_add(0, where, y)
    zeros = none.index_add(0, where, 1 - y)

    # −log p and −log(1 − p) in the softplus form, summed over the pixels.
    places = torch.linspace(-LIMIT, LIMIT, side, dtype=torch.float64)
    z = places[None, :, None] * values + places[:, None, None]  # (b, w, values)
    of_ones = ones * F.softplus(-z, threshold=40)
    of_zeros = zeros * F.softplus(z, threshold=40)
    total = (of_ones + of_zeros).sum(-1)  # (b, w)
    mean = total / max(len(x), 1)
    return mean.clamp_min(1e-4).log10().numpy()


def _draw_maps(figure: "Figure", explorer: LikelihoodState) -> None:
    """Draw the image with the target outlined, and p, loss and gradient, each with a scale."""
    panels = figure.subplots(1, 4)
    _draw_image(panels[0], explorer)
    probability = explorer.p.masked_fill(~explorer.valid, float("nan"))
    maps = {
        "p": ("p", probability, 0.0, 1.0),
        "loss": ("loss", explorer.loss_map, 0.0, LOSS_TOP),
        "gradient": ("gradient p − y", explorer.gradient_map, -1.0, 1.0),
    }

    # The maps, or what stands for them while they are to be predicted.
    for axes, (name, (title, values, low, high)) in zip(panels[1:], maps.items(), strict=True):
        if explorer.predict:
            _draw_unknown(axes, title)
            continue
        scale: dict[str, Any] = {"cmap": ramp(name), "vmin": low, "vmax": high}
        heat = axes.imshow(values.numpy(), interpolation="nearest", **scale)
        bar = axes.inset_axes((0.0, -0.1, 1.0, 0.05))
        figure.colorbar(heat, cax=bar, orientation="horizontal").ax.tick_params(labelsize=7)
        axes.set_title(title, fontsize=9)

    # The pixel that is looked at, in each of them.
    count = 1 if explorer.predict else len(panels)
    for axes in panels[:count]:
        _mark(axes, explorer.pixel)
        axes.set(xticks=[], yticks=[])


def _draw_image(axes: "Axes", explorer: LikelihoodState) -> None:
    """Draw the image with the target outlined, and say below what is."""
    y = explorer.y.numpy()
    axes.imshow(explorer.image, interpolation="nearest")
    if y.any() and not y.all() and min(y.shape) > 1:
        axes.contour(y, [0.5], colors=[TARGET_COLOR], linewidths=1.2)
    axes.set_title("image", fontsize=9)
    name = explorer.classes[explorer.target]
    text = f"outlined: {name}" if y.any() else f"absent: {name}"
    if not explorer.valid.all():
        text += "; gray elsewhere: void"
    axes.set_xlabel(text, fontsize=8)


def _mark(axes: "Axes", pixel: list[int]) -> None:
    """Draw a small square around a pixel, black on white."""
    row, column = pixel
    for color, width in (("white", 2.2), ("black", 1)):
        edge: dict[str, Any] = {"markeredgecolor": color, "markeredgewidth": width}
        axes.plot(column, row, "s", markersize=5, mfc="none", **edge)
