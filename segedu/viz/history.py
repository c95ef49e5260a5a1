"""The course of a training run: loss, validation score, learning rate."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from segedu.training.history import RECENT
from segedu.viz._axes import panels
from segedu.viz._display import check_alt, show
from segedu.viz._line_ends import line_end, name_line_ends
from segedu.viz._style import PAGE, SERIES, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEIGHT = 340  # pixels
_WINDOWS = 25  # the loss is averaged over a 25th of the steps
_MOST_POINTS = 1500  # more points than pixels only cost bytes


def plot_history(
    history: Mapping[str, Any],
    alt: str | None = None,
    *,
    title: str | None = None,
    path: str | Path | None = None,
) -> None:
    """Show a training run: loss (steps faint, local mean bold), validation mIoU, learning rate.

    Args:
        history: a trainer's `.history`: "loss" and "lr", one float per step, and "validation", one
            dict per validation with "step", "mean_iou" in [0, 1] and perhaps "loss".
        alt: what the figure shows, for those who can't see it; None leaves it to the cell's line.
        title: a sentence over the figure; without it the loss of the last 20 steps, which the trainer
            prints too, and the best score.
        path: a file to which the PNG is written as well.

    Raises:
        ValueError: no step was done, or `alt` is too short.

    >>> history = {"loss": [2.0, 1.0], "lr": [0.1, 0.1], "validation": []}
    >>> plot_history(history, alt="The loss falls from 2 to 1.")
    """
    check_alt(alt)
    loss = np.asarray(history["loss"], dtype=float)
    if not len(loss):
        raise ValueError("the history holds no step; train first, with trainer.fit().")
    records = list(history.get("validation", ()))
    shares = (1.5, 1.2, 0.9) if records else (1.5, 0.9)
    with styled():
        figure, axes = panels(PAGE, _HEIGHT, title or _sentence(loss, records), shares)
        _draw_loss(axes[0], loss, records)
        if records:
            _draw_scores(axes[1], records)
        _draw_rate(axes[-1], history["lr"])
        show(figure, alt, path, crop=False)


def smooth(values: np.ndarray, window: int) -> np.ndarray:
    """Return at each place the mean of the `window` values around it (fewer at both ends).

    NaN and infinity don't count; where nothing else is around, the mean is NaN.

    >>> smooth(np.array([1.0, 3.0, 8.0, 1.0]), window=3)
    array([2. , 4. , 4. , 4.5])
    """
    finite = np.isfinite(values)
    sums = np.cumsum(np.concatenate([[0.0], np.where(finite, values, 0.0)]))
    counts = np.cumsum(np.concatenate([[0], finite]))
    places = np.arange(len(values))
    starts = np.maximum(places - (window - 1) // 2, 0)
    ends = np.minimum(places + window // 2 + 1, len(values))
    counted = counts[ends] - counts[starts]
    means = (sums[ends] - sums[starts]) / np.maximum(counted, 1)
    return np.where(counted > 0, means, np.nan)


def _sentence(loss: np.ndarray, records: Sequence[Mapping[str, Any]]) -> str:
    last = loss[-1]
    if np.isfinite(last):
        recent = loss[-RECENT:]
        last = recent[np.isfinite(recent)].mean()
    sentence = f"After {len(loss)} steps the training loss is {last:.3f}"
    scores = [record["mean_iou"] for record in records]
    if np.all(np.isnan(scores)):
        return sentence
    return f"{sentence} and the best validation mean IoU {np.nanmax(scores):.3f}"


def _window(loss: np.ndarray) -> int:
    """Return over how many steps the loss is averaged."""
    return max(1, len(loss) // _WINDOWS)


def _draw_loss(axes: "Axes", loss: np.ndarray, records: Sequence[Mapping[str, Any]]) -> None:
    # The training loss of every step, or of every second, third, …, and its local mean.
    steps = np.arange(1, len(loss) + 1)
    stride = max(1, len(loss) // _MOST_POINTS)
    axes.plot(steps[::stride], loss[::stride], color=SERIES[0], alpha=0.3, linewidth=1)
    window = _window(loss)
    means = smooth(loss, window)
    axes.plot(steps, means, color=SERIES[0])

    # The validation loss, where it was measured.
    with_loss = [record for record in records if "loss" in record]
    validation_loss = [record["loss"] for record in with_loss]
    if with_loss:
        validation_steps = [record["step"] for record in with_loss]
        look: dict[str, Any] = {"color": SERIES[1], "markersize": 5}
        axes.plot(validation_steps, validation_loss, "s-", **look)

    axes.set(xlabel="step", ylabel=f"loss (mean of {window} steps)" if window > 1 else "loss")
    axes.set_ylim(*_range(loss, validation_loss))
    ends = line_end("training", steps, means, SERIES[0])
    if with_loss:
        ends += line_end("validation", np.array(validation_steps), np.array(validation_loss), SERIES[1])
    name_line_ends(axes, ends)


def _range(loss: np.ndarray, validation_loss: Sequence[float]) -> tuple[float, float]:
    """Return the ends of the loss axis: from zero to what all but a few spikes stay below; NaN and infinity apart."""
    finite = loss[np.isfinite(loss)]
    validated = [value for value in validation_loss if np.isfinite(value)]
    low = min([0.0, *validated])
    high = max([0.0, *validated])
    if len(finite):
        low = min(low, float(finite.min()))
        high = max([float(np.quantile(finite, 0.995)), *validated])
    high *= 1.08
    return low, high if high > low else low + 1


def _draw_scores(axes: "Axes", records: Sequence[Mapping[str, Any]]) -> None:
    """Draw the mean IoU of each validation, and the best one's number above it."""
    steps = [record["step"] for record in records]
    scores = [record["mean_iou"] for record in records]
    axes.plot(steps, scores, "o-", color=SERIES[1], markersize=6)
    if not np.all(np.isnan(scores)):
        best = int(np.nanargmax(scores))
        place = (steps[best], scores[best])
        axes.annotate(f"{scores[best]:.3f}", place, (0, 7), textcoords="offset points", ha="center")
    axes.margins(x=0.12)
    axes.set(xlabel="step", ylabel="validation mean IoU", ylim=(0, 1))


def _draw_rate(axes: "Axes", rates: Sequence[float]) -> None:
    axes.plot(np.arange(1, len(rates) + 1), rates, color=SERIES[2])
    axes.set(xlabel="step", ylabel="learning rate", ylim=(0, None))
