"""The course of a training run: loss, validation score, learning rate."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from segedu.viz._axes import panels
from segedu.viz._display import check_alt, show
from segedu.viz._style import PAGE, SERIES, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_history(
    history: Mapping[str, Any], alt: str, *, title: str | None = None, path: str | Path | None = None
) -> None:
    """Show a trainer's `.history`: training loss (steps faint, local mean bold), validation mIoU, learning rate.

    `history` has "loss" and "lr", one float per step, and "validation", one dict per validation with "step", "mean_iou"
    and "loss". Without `title` the last loss and the best score are the title.

    Raises ValueError if no step was done.

    >>> plot_history({"loss": [2.0, 1.0], "lr": [0.1, 0.1], "validation": []}, alt="The loss falls from 2 to 1.")
    """
    check_alt(alt)
    loss = np.asarray(history["loss"], dtype=float)
    if not len(loss):
        raise ValueError("the history holds no step; train first, with trainer.fit().")
    records = list(history.get("validation", ()))
    shares = (1.5, 1.2, 0.9) if records else (1.5, 0.9)
    with styled():
        figure, axes = panels(PAGE, 340, title or _sentence(loss, records), shares)
        _draw_loss(axes[0], loss, records)
        if records:
            _draw_score(axes[1], records)
        axes[-1].plot(np.arange(1, len(loss) + 1), history["lr"], color=SERIES[2])
        axes[-1].set(xlabel="step", ylabel="learning rate", ylim=(0, None))
        show(figure, alt, path, crop=False)


def smooth(values: np.ndarray, window: int) -> np.ndarray:
    """Return at each place the mean of the `window` values around it (fewer at both ends).

    >>> smooth(np.array([1.0, 3.0, 8.0, 1.0]), window=3)
    array([2. , 4. , 4. , 4.5])
    """
    sums = np.cumsum(np.concatenate([[0.0], values]))
    places = np.arange(len(values))
    starts = np.maximum(places - (window - 1) // 2, 0)
    ends = np.minimum(places + window // 2 + 1, len(values))
    return (sums[ends] - sums[starts]) / (ends - starts)


def _draw_loss(axes: "Axes", loss: np.ndarray, records: list[dict[str, Any]]) -> None:
    steps, window = np.arange(1, len(loss) + 1), max(1, len(loss) // 25)
    stride = max(1, len(loss) // 1500)  # more points than pixels only cost bytes
    axes.plot(steps[::stride], loss[::stride], color=SERIES[0], alpha=0.3, linewidth=1)
    label = f"training, mean of {window} steps" if window > 1 else "training"
    axes.plot(steps, smooth(loss, window), color=SERIES[0], label=label)
    validated = [(record["step"], record["loss"]) for record in records if "loss" in record]
    if validated:
        axes.plot(*zip(*validated, strict=True), "s-", color=SERIES[1], markersize=5, label="validation")
    axes.set(xlabel="step", ylabel="loss")
    axes.set_ylim(*_range(loss, [value for _, value in validated]))
    axes.legend(loc="upper right")


def _range(loss: np.ndarray, validated: list[float]) -> tuple[float, float]:
    """Return the loss axis: from zero to what all but a few spikes stay below."""
    low = min([0.0, float(loss.min()), *validated])
    top = 1.08 * max([float(np.quantile(loss, 0.995)), *validated])
    return low, top if top > low else low + 1


def _draw_score(axes: "Axes", records: list[dict[str, Any]]) -> None:
    steps, scores = [record["step"] for record in records], [record["mean_iou"] for record in records]
    best = int(np.nanargmax(scores)) if not np.all(np.isnan(scores)) else 0
    axes.plot(steps, scores, "o-", color=SERIES[1], markersize=6)
    axes.annotate(f"{scores[best]:.3f}", (steps[best], scores[best]), (0, 7), textcoords="offset points", ha="center")
    axes.margins(x=0.12)
    axes.set(xlabel="step", ylabel="validation mean IoU", ylim=(0, 1))


def _sentence(loss: np.ndarray, records: list[dict[str, Any]]) -> str:
    text = f"After {len(loss)} steps the training loss is {smooth(loss, max(1, len(loss) // 25))[-1]:.3f}"
    if not records:
        return text
    return f"{text} and the best validation mean IoU {max(record['mean_iou'] for record in records):.3f}"
