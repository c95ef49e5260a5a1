"""The likelihood explorer as a picture: the curve on the histograms, the loss over (w, b), and the four maps."""

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
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
TARGET_COLOR, OTHER_COLOR, CURVE_COLOR, PATH_COLOR = "#D55E00", "#0072B2", "#111111", "#00b4d8"
LIMIT = 12  # of w and b
BINS = 40


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
    curve, surface = above.subplots(1, 2, width_ratios=[1.7, 1])
    _draw_curve(curve, explorer)
    if explorer.predict:
        _draw_unknown(surface, "mean loss over w and b")
    else:
        _draw_surface(surface, explorer)
    _draw_maps(below, explorer)


def ramp(name: str) -> "Colormap":
    """Return the explorer's colors of a map as a colormap; void is gray."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list(name, RAMPS[name]).with_extremes(bad="#9a9a9a")


def _draw_curve(axes: "Axes", explorer: LikelihoodState) -> None:
    """Hang the target's histogram from above and stand the others' below: there the curve should be."""
    x, y = explorer.x[explorer.valid], explorer.y[explorer.valid]
    low, high = (float(x.min()), float(x.max())) if len(x) else (-1.0, 1.0)
    edges = np.linspace(low - 0.1, high + 0.1, BINS + 1)
    target, other = (np.histogram(x[y == side], edges)[0] for side in (1, 0))
    top = max((counts / max(counts.sum(), 1)).max() for counts in (target, other)) or 1
    hung = 1 - 0.45 * target / max(target.sum(), 1) / top
    stood = 0.45 * other / max(other.sum(), 1) / top
    name = explorer.classes[explorer.target]
    axes.stairs(hung, edges, baseline=1, fill=True, color=TARGET_COLOR, alpha=0.75, label=name)
    axes.stairs(stood, edges, fill=True, color=OTHER_COLOR, alpha=0.75, label="all other classes")
    (w, b), at = explorer.point, torch.linspace(edges[0], edges[-1], 300, dtype=torch.float64)
    axes.plot(at, (w * at + b).sigmoid(), color=CURVE_COLOR, linewidth=2.2, label="p = 1 / (1 + e^−z)")
    if w and edges[0] < -b / w < edges[-1]:
        axes.axvline(-b / w, color=CURVE_COLOR, linewidth=1, linestyle="--", label="p = 0.5")
    axes.set(xlim=(edges[0], edges[-1]), ylim=(0, 1), yticks=[0, 0.25, 0.5, 0.75, 1])
    axes.set_xlabel("x: 10·(brightness − ½)" if explorer.feature == "brightness" else f"x: 10·({explorer.feature})")
    axes.set_ylabel("p")
    logit = f"{w:.2f}·x {'+' if b >= 0 else '−'} {abs(b):.2f}".replace("-", "−")
    axes.set_title(f"p = σ(z), z = {logit}; bars: shares of each side's pixels", fontsize=9)
    axes.legend(fontsize=7.5, loc="center left", framealpha=0.9)


def _draw_unknown(axes: "Axes", title: str) -> None:
    """Leave a place empty that `predict` hides."""
    axes.text(0.5, 0.5, "?", ha="center", va="center", fontsize=24, color="#666666", transform=axes.transAxes)
    axes.set(xticks=[], yticks=[])
    axes.set_title(title, fontsize=9)


def _draw_surface(axes: "Axes", explorer: LikelihoodState) -> None:
    """Draw the logarithm of the mean loss over w and b, the path of the descent, the shown and the best point."""
    valid = explorer.valid
    values = surface(explorer.x[valid], explorer.y[valid])
    extent = (-LIMIT, LIMIT, -LIMIT, LIMIT)
    levels = np.linspace(float(values.min()), float(values.max()) + 1e-9, 13)
    axes.contourf(values, levels, extent=extent, cmap=ramp("surface"))
    path = explorer.trajectory
    axes.plot(path[:, 0], path[:, 1], color=PATH_COLOR, linewidth=1.4, marker=".", markersize=4, label=f"{STEPS} steps")
    axes.plot(*explorer.point, "o", color="white", markeredgecolor="black", markersize=8, label="shown w and b")
    if explorer.best:
        axes.plot(*explorer.best, "*", color="white", markeredgecolor="black", markersize=13, label="least loss")
    axes.set(xlim=(-LIMIT, LIMIT), ylim=(-LIMIT, LIMIT), xlabel="w", ylabel="b")
    axes.set_title(f"Mean loss {explorer.scores.loss:.3f}; brighter is lower", fontsize=9)
    axes.legend(fontsize=7, loc="upper left", framealpha=0.9)


def surface(x: Tensor, y: Tensor, side: int = 49) -> np.ndarray:
    """Return log10 of the mean loss over b (rows) and w (columns) from −12 to 12, (side, side)."""
    values, where = x.unique(return_inverse=True) if len(x) else (x, x.long())
    ones = torch.zeros(len(values), dtype=torch.float64).index_add_(0, where, y)
    zeros = torch.zeros(len(values), dtype=torch.float64).index_add_(0, where, 1 - y)
    at = torch.linspace(-LIMIT, LIMIT, side, dtype=torch.float64)
    z = at[None, :, None] * values + at[:, None, None]  # (b, w, values)
    softplus = torch.nn.functional.softplus
    total = (ones * softplus(-z, threshold=40) + zeros * softplus(z, threshold=40)).sum(-1)
    return (total / max(len(x), 1)).clamp_min(1e-4).log10().numpy()


def _draw_maps(figure: "Figure", explorer: LikelihoodState) -> None:
    """Draw the image with the target outlined, p, the loss and the gradient, each map with its scale."""
    panels = figure.subplots(1, 4)
    maps = {
        "p": ("p", explorer.p.masked_fill(~explorer.valid, float("nan")), 0.0, 1.0),
        "loss": ("loss", explorer.loss_map, 0.0, LOSS_TOP),
        "gradient": ("gradient p − y", explorer.gradient_map, -1.0, 1.0),
    }
    there = explorer.y.numpy()
    panels[0].imshow(explorer.image, interpolation="nearest")
    if there.any() and not there.all() and min(there.shape) > 1:
        panels[0].contour(there, [0.5], colors=[TARGET_COLOR], linewidths=1.2)
    panels[0].set_title("image", fontsize=9)
    name = explorer.classes[explorer.target]
    panels[0].set_xlabel(
        f"{'outlined' if there.any() else 'absent'}: {name}{'' if explorer.valid.all() else '; gray elsewhere: void'}",
        fontsize=8,
    )
    for axes, (ramp_name, (title, values, low, high)) in zip(panels[1:], maps.items(), strict=True):
        if explorer.predict:
            _draw_unknown(axes, title)
            continue
        shown = axes.imshow(values.numpy(), cmap=ramp(ramp_name), vmin=low, vmax=high, interpolation="nearest")
        bar = axes.inset_axes((0.0, -0.1, 1.0, 0.05))
        figure.colorbar(shown, cax=bar, orientation="horizontal").ax.tick_params(labelsize=7)
        axes.set_title(title, fontsize=9)
    for axes in panels[: 1 if explorer.predict else 4]:
        _mark(axes, explorer.pixel)
        axes.set(xticks=[], yticks=[])


def _mark(axes: "Axes", pixel: list[int]) -> None:
    row, column = pixel
    for color, width in (("white", 2.2), ("black", 1)):
        axes.plot(column, row, "s", markersize=5, mfc="none", markeredgecolor=color, markeredgewidth=width)
