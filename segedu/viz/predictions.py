"""Predictions beside the truth: rows of image, target, prediction and error."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from segedu.metrics.semantic import ConfusionMatrix
from segedu.viz._display import check_alt, show
from segedu.viz._labels import VOID_COLOR, Colors, label_to_rgb, legend_entries
from segedu.viz._panels import as_panel
from segedu.viz._sheet import MARGIN, Sheet
from segedu.viz._style import CAPTION, PAGE, SMALL, WRONG, line_height, styled, wrap

_GAP = 12


def show_predictions(
    images: Sequence[Tensor] | Tensor,
    targets: Sequence[Tensor] | Tensor,
    predictions: Sequence[Tensor] | Tensor,
    classes: Sequence[str],
    colors: Colors,
    alt: str,
    *,
    title: str | None = None,
    captions: Sequence[str] | None = None,
    ignore_index: int = 255,
    height: int = 260,
    path: str | Path | None = None,
) -> None:
    """Show one row per image: image | target | prediction | error, with the row's mean IoU and accuracy below it.

    images: N × (3, H, W) float in [0, 1]; targets and predictions: N × (H, W) integers below `len(classes)`, void
    `ignore_index` in the target. In the error map wrong pixels are orange, right ones show a faint image, void is
    hatched. The mean IoU of a row is that image's own, over the classes that occur in it. `captions` adds a text per
    row, `path` also writes the PNG to a file.

    Raises ValueError if counts or sizes differ.

    >>> image, target = torch.rand(3, 5, 7), torch.zeros(5, 7, dtype=torch.long)
    >>> show_predictions([image], [target], [target], ["sky"], ["#56B4E9"], alt="All pixels are sky, and predicted so.")
    """
    check_alt(alt)
    rows = _checked(images, targets, predictions, captions)
    error = (WRONG, "wrong pixel")
    maps = [np.asarray(torch.as_tensor(each).cpu()) for _, *pair, _ in rows for each in pair]
    entries = [*legend_entries(maps, list(classes), colors, ignore_index), error]
    widest = max(image.shape[-1] / image.shape[-2] for image, *_ in rows)
    shown = _height(rows[0][0], widest, height)
    with styled():
        sheet = Sheet()
        page = max(4 * round(shown * widest) + 3 * _GAP + 2 * MARGIN, 560)
        y = sheet.title(title, page)
        for i, row in enumerate(rows):
            head = ("image", "target", "prediction", "error") if i == 0 else None
            y = _draw_row(sheet, row, head, classes, colors, ignore_index, shown, y, page)
        y = sheet.legend(entries, y + 4, page)
        show(sheet.finish(page, y + 4), alt, path, crop=False)


def error_map(image: Tensor, target: Tensor, prediction: Tensor, ignore_index: int = 255) -> Tensor:
    """Return (3, H, W): wrong pixels orange, right ones a faint gray image, void hatched.

    >>> one, two = torch.tensor([[1, 1]]), torch.tensor([[1, 2]])
    >>> bool(error_map(torch.zeros(3, 1, 2), one, two)[0, 0, 1] > 0.8)
    True
    """
    faint = 0.8 + 0.2 * image.detach().cpu().float().mean(0).clamp(0, 1)  # (H, W)
    wrong = label_to_rgb(torch.zeros_like(target, device="cpu"), [WRONG])
    void = label_to_rgb(torch.full_like(target, ignore_index, device="cpu"), [VOID_COLOR], ignore_index)
    picture = torch.where((target != prediction).cpu(), wrong, faint.expand(3, -1, -1))
    return torch.where((target == ignore_index).cpu(), void, picture)


def _draw_row(
    sheet: Sheet,
    row: tuple[Tensor, Tensor, Tensor, str],
    head: Sequence[str] | None,
    classes: Sequence[str],
    colors: Colors,
    ignore_index: int,
    height: int,
    y: float,
    page: float,
) -> float:
    """Draw one image's four pictures from y down; return the y below them."""
    image, target, prediction, caption = row
    pictures = [image, target, prediction, error_map(image, target, prediction, ignore_index)]
    width = round(height * image.shape[-1] / image.shape[-2])
    top = y + (line_height(CAPTION) if head else 0)
    for k, picture in enumerate(pictures):
        panel = as_panel(picture, "image", colors, ignore_index, None)
        x = MARGIN + k * (width + _GAP)
        smooth = width < panel.width and panel.labels is None
        sheet.image(panel.rgb, x, top, width, height, smooth)
        if head:
            sheet.text(x + width / 2, top - 3, head[k], va="bottom")
    text = ", ".join(filter(None, [caption, _score(target, prediction, len(classes), ignore_index)]))
    lines = wrap(text, page - 2 * MARGIN, SMALL)
    sheet.text(MARGIN + 4 * width + 3 * _GAP, top + height + 3, "\n".join(lines), SMALL, ha="right")
    return top + height + len(lines) * line_height(SMALL) + 8


def _score(target: Tensor, prediction: Tensor, num_classes: int, ignore_index: int) -> str:
    matrix = ConfusionMatrix(num_classes, ignore_index)
    matrix.update(torch.as_tensor(prediction).cpu(), torch.as_tensor(target).cpu())
    if not int(matrix.counts.sum()):
        return "no labeled pixel"
    return f"mean IoU {float(matrix.mean_iou()):.2f}, accuracy {float(matrix.pixel_accuracy()):.1%}"


def _height(image: Tensor, widest: float, height: int) -> int:
    """Return the pictures' height on the page: four must fit side by side, small images at whole-numbered zoom."""
    fits = min(height, int((PAGE - 2 * MARGIN - 3 * _GAP) / 4 / widest))
    return fits // image.shape[-2] * image.shape[-2] if fits >= image.shape[-2] else fits


def _checked(
    images: Sequence[Tensor] | Tensor,
    targets: Sequence[Tensor] | Tensor,
    predictions: Sequence[Tensor] | Tensor,
    captions: Sequence[str] | None,
) -> list[tuple[Tensor, Tensor, Tensor, str]]:
    captions = captions if captions is not None else [""] * len(images)
    counts = {len(images), len(targets), len(predictions), len(captions)}
    if len(counts) > 1 or not len(images):
        raise ValueError(
            f"{len(images)} images, {len(targets)} targets, {len(predictions)} predictions and {len(captions)} "
            "captions; give the same number of each, at least one."
        )
    rows = list(zip(images, targets, predictions, captions, strict=True))
    for i, (image, target, prediction, _) in enumerate(rows):
        if not image.shape[-2:] == target.shape == prediction.shape:
            raise ValueError(
                f"row {i} has image {tuple(image.shape)}, target {tuple(target.shape)}, prediction "
                f"{tuple(prediction.shape)}; give (3, H, W), (H, W), (H, W): the prediction is logits.argmax(dim=0)."
            )
    return rows
