"""Predictions beside the truth: rows of image, target, prediction and error."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from segedu.data.palette import WRONG
from segedu.labels import integer_labels
from segedu.metrics.semantic import ConfusionMatrix
from segedu.viz._display import check_alt, show
from segedu.viz._panels import as_panel
from segedu.viz._picture_sizes import GAP, page_room
from segedu.viz._sheet import MARGIN, Sheet
from segedu.viz._style import CAPTION, SMALL, line_height, styled, wrap
from segedu.viz.colors import Colors
from segedu.viz.images import as_array, unit_image
from segedu.viz.labels import VOID_COLOR, WRONG_NAME, label_to_rgb, legend_entries, wrong_stripes

_HEADINGS = ("image", "target", "prediction", "error")
_LEAST_PAGE = 560  # pixels
_BELOW_ROW = 8


@dataclass(frozen=True)
class _Row:
    """An image (3, H, W) in [0, 1] with its target and prediction (H, W), and words about it."""

    image: Tensor
    target: Tensor
    prediction: Tensor
    caption: str

    @property
    def aspect(self) -> float:
        """Width by height."""
        return self.image.shape[-1] / self.image.shape[-2]


@dataclass(frozen=True)
class _Look:
    """What all rows have in common: the classes, the label of void, and sizes in pixels."""

    classes: Sequence[str]
    colors: Colors
    ignore_index: int
    height: int  # of each picture
    page: float  # width of the page


def show_predictions(
    images: Sequence[Any] | Tensor,
    targets: Sequence[Tensor] | Tensor,
    predictions: Sequence[Tensor] | Tensor,
    classes: Sequence[str],
    colors: Colors,
    alt: str | None = None,
    *,
    title: str | None = None,
    captions: Sequence[str] | None = None,
    ignore_index: int = 255,
    height: int = 260,
    path: str | Path | None = None,
) -> None:
    """Show one row per image: image | target | prediction | error, with its scores below it.

    In the error map wrong pixels are striped, right ones a faint image, void is hatched. The mean
    IoU of a row is that image's own, over the classes that occur in it.

    Args:
        images: N × (3, H, W) or (1, H, W) in [0, 1], of 8 or 16 bits, or pictures of Pillow's.
        targets: N × (H, W) integers below `len(classes)`, or `ignore_index`.
        predictions: N × (H, W) integers below `len(classes)`.
        classes: the classes' names, for the legend.
        colors: of the classes, (C, 3) uint8 or "#RRGGBB"; None takes the course's default colors.
        alt: what the figure shows, for those who can't see it; None leaves it to the cell's line.
        title: a sentence over all rows.
        captions: one text per row, written before its scores.
        ignore_index: the label of void pixels in the targets.
        height: the largest height of a picture on the page, in pixels.
        path: a file to which the PNG is written as well.

    Raises:
        ValueError: counts or sizes differ, an image is none in [0, 1], a label has no name, or
            `alt` is too short.
        TypeError: a target or a prediction holds no integers.

    >>> image, target = torch.rand(3, 5, 7), torch.zeros(5, 7, dtype=torch.long)
    >>> alt = "All pixels are sky, and predicted so."
    >>> show_predictions([image], [target], [target], ["sky"], ["#56B4E9"], alt)
    """
    check_alt(alt)
    rows = _rows(images, targets, predictions, captions)
    label_maps = [one.numpy() for row in rows for one in (row.target, row.prediction)]
    entries = legend_entries(label_maps, classes, colors, ignore_index)
    entries.append((WRONG[0], WRONG_NAME))
    widest = max(row.aspect for row in rows)
    height = _picture_height(rows[0].image, widest, height)
    width = len(_HEADINGS) * round(height * widest) + (len(_HEADINGS) - 1) * GAP + 2 * MARGIN
    look = _Look(classes, colors, ignore_index, height, max(width, _LEAST_PAGE))

    with styled():
        sheet = Sheet()
        y = sheet.title(title, look.page)
        for index, row in enumerate(rows):
            y = _draw_row(sheet, row, look, y, has_headings=index == 0)
        y = sheet.legend(entries, y + 4, look.page)
        show(sheet.finish(look.page, y + 4), alt, path, crop=False)


def error_map(image: Tensor, target: Tensor, prediction: Tensor, ignore_index: int = 255) -> Tensor:
    """Return (3, H, W) float32 in [0, 1]: wrong pixels striped, right ones faint, void hatched.

    The stripes are purple and nearly black, colors that no class has; those of void are gray and run the other way.

    Args:
        image: (3, H, W) or (1, H, W) in [0, 1]; it shows in gray where the prediction is right.
        target: (H, W) integers.
        prediction: (H, W) integers.
        ignore_index: the label of void pixels in the target.

    >>> target, prediction = torch.tensor([[1, 1]]), torch.tensor([[1, 2]])
    >>> error_map(torch.zeros(3, 1, 2), target, prediction)[1, 0]  # green: a lot where right, little where wrong
    tensor([0.8000, 0.0196])
    """
    pixels = torch.tensor(unit_image(image, "the image"), dtype=torch.float32)
    gray = pixels.mean(0).clamp(0, 1)  # (H, W)
    target = integer_labels(torch.as_tensor(target).cpu(), "target")
    prediction = integer_labels(torch.as_tensor(prediction).cpu(), "prediction")
    right = (0.8 + 0.2 * gray).expand(3, -1, -1)
    void = torch.full_like(target, ignore_index)
    hatch = label_to_rgb(void, [VOID_COLOR], ignore_index)
    picture = torch.where(target != prediction, wrong_stripes(*target.shape), right)
    return torch.where(target == ignore_index, hatch, picture)


def _draw_row(sheet: Sheet, row: _Row, look: _Look, y: float, has_headings: bool) -> float:
    """Draw one image's four pictures from y down; return the y below them, in pixels."""
    errors = error_map(row.image, row.target, row.prediction, look.ignore_index)
    pictures = [row.image, row.target, row.prediction, errors]
    width = round(look.height * row.aspect)
    if has_headings:
        y += line_height(CAPTION)

    for column, picture in enumerate(pictures):
        panel = as_panel(picture, "image", look.colors, look.ignore_index)
        x = MARGIN + column * (width + GAP)
        is_averaged = width < panel.width and panel.labels is None
        sheet.image(panel.rgb, x, y, width, look.height, smooth=is_averaged)
        if has_headings:
            sheet.text(x + width / 2, y - 3, _HEADINGS[column], va="bottom")

    # The scores stand below the last picture, from its right edge to the left.
    scores = _scores(row, len(look.classes), look.ignore_index)
    text = f"{row.caption}, {scores}" if row.caption else scores
    lines = wrap(text, look.page - 2 * MARGIN, SMALL)
    right = MARGIN + 4 * width + 3 * GAP
    y += look.height
    sheet.text(right, y + 3, "\n".join(lines), SMALL, ha="right")
    return y + len(lines) * line_height(SMALL) + _BELOW_ROW


def _scores(row: _Row, num_classes: int, ignore_index: int) -> str:
    matrix = ConfusionMatrix(num_classes, ignore_index)
    matrix.update(row.prediction, row.target)
    if not int(matrix.counts.sum()):
        return "no labeled pixel"
    mean_iou = float(matrix.mean_iou())
    accuracy = float(matrix.pixel_accuracy())
    return f"mean IoU {mean_iou:.2f}, accuracy {accuracy:.1%}"


def _picture_height(image: Tensor, widest: float, largest: int) -> int:
    """Return the pictures' height on the page, in pixels.

    Four must fit side by side, of which the widest is `widest` times as wide as high; images that
    are smaller than that are enlarged by a whole number.
    """
    fits = min(largest, int(page_room(4) / 4 / widest))
    rows = image.shape[-2]
    return fits // rows * rows if fits >= rows else fits


def _rows(
    images: Sequence[Any] | Tensor,
    targets: Sequence[Tensor] | Tensor,
    predictions: Sequence[Tensor] | Tensor,
    captions: Sequence[str] | None,
) -> list[_Row]:
    if captions is None:
        captions = [""] * len(images)
    counts = {len(images), len(targets), len(predictions), len(captions)}
    if len(counts) > 1 or not len(images):
        raise ValueError(
            f"{len(images)} images, {len(targets)} targets, {len(predictions)} predictions and "
            f"{len(captions)} captions; give the same number of each, at least one."
        )
    parts = zip(images, targets, predictions, captions, strict=True)
    return [_row(index, *part) for index, part in enumerate(parts)]


def _row(index: int, image: Any, target: Tensor, prediction: Tensor, caption: str) -> _Row:
    """Return a row of tensors on the CPU; raises ValueError or TypeError if they don't fit, or hold no labels."""
    pixels = torch.as_tensor(as_array(image).copy())
    target = torch.as_tensor(target).cpu()
    prediction = torch.as_tensor(prediction).cpu()
    if not pixels.shape[-2:] == target.shape == prediction.shape:
        raise ValueError(
            f"row {index} has image {tuple(pixels.shape)}, target "
            f"{tuple(target.shape)}, prediction {tuple(prediction.shape)}; give "
            "(3, H, W), (H, W), (H, W): the prediction is logits.argmax(dim=0)."
        )
    return _Row(pixels, integer_labels(target, "target"), integer_labels(prediction, "prediction"), caption)
