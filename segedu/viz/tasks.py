"""One image and the answers of the tasks to it, with the names of what is in them: scenes and photographs alike."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from segedu.labels import integer_labels
from segedu.viz._answers import NEEDS, PICTURES, PREDICTION, ClassList, Row, labels_of
from segedu.viz._display import check_alt, show
from segedu.viz._picture_sizes import GAP, page_room
from segedu.viz._sheet import MARGIN, Sheet
from segedu.viz._style import CAPTION, line_height, styled
from segedu.viz.labels import legend_entries

_LEAST_PAGE = 560  # pixels
_BELOW_PICTURES = 8


def show_tasks(
    samples: Sequence[Mapping[str, Any]],
    known: ClassList | Sequence[ClassList],
    alt: str | None = None,
    *,
    tasks: Sequence[str] = ("image", "semantic", "instance", "panoptic"),
    predictions: Sequence[Tensor | np.ndarray] | None = None,
    predictor: ClassList | None = None,
    title: str | None = None,
    columns: int | None = None,
    height: int = 240,
    ignore_index: int = 255,
    path: str | Path | None = None,
) -> None:
    """Show the answer of each task to each sample, one row per sample, with the names of what was found.

    Names stand on their regions; a class whose name has no room stands in a legend below its row. Rows
    may come from data sets of different classes, and predictions from a network that knows others than
    the sample has: both are shown in the names of their own, and no error is drawn, for labels of
    different lists can't be compared.

    Args:
        samples: as data sets return them, such as `se.photo("coffee", labels=True)`.
        known: what names the samples' classes, with `classes` and `colors`: a data set, or one per
            sample (`[scenes, se.Photos]`).
        alt: what the figure shows, for those who can't see it; None leaves it to the cell's line.
        tasks: "image", "classification" (the names of the classes that occur), "localization" (the box of
            the largest thing), "detection", "semantic", "instance", "panoptic".
        predictions: (H, W) integers, one per sample; they then stand in a last column.
        predictor: what names the classes of the predictions; None: what names the samples'.
        title: a sentence over all rows.
        columns: how many pictures stand side by side; None puts all tasks of a sample into one row.
        height: the largest height of a picture on the page, in pixels.
        ignore_index: the label of void pixels.
        path: a file to which the PNG is written as well.

    Raises:
        ValueError: a task is unknown, a sample lacks what it needs, counts or sizes differ, or `alt` is
            too short.
        TypeError: what names the classes has no `classes` or `colors`.

    >>> from segedu.data.photos import Photos, photo
    >>> alt = "A cup of coffee on a table with saucer and spoon; the same by class, by thing and by both."
    >>> show_tasks([photo("coffee", (100, 150), labels=True)], Photos, alt)
    """
    check_alt(alt)
    _check_tasks(samples, tasks)
    shown = [*tasks, PREDICTION] if predictions is not None else list(tasks)
    columns = min(columns or len(shown), len(shown))
    rows = _rows(samples, known, predictions, predictor, (columns, height), ignore_index)
    width = max(row.width for row in rows)

    with styled():
        sheet = Sheet()
        page = max(columns * width + (columns - 1) * GAP + 2 * MARGIN, _LEAST_PAGE)
        y = sheet.title(title, page)
        for index, row in enumerate(rows):
            written: set[str] = set()
            for start in range(0, len(shown), columns):
                names = shown[start : start + columns]
                y = _draw_line(sheet, row, names, y, width, index == 0 or columns < len(shown), written)
            y = _draw_legend(sheet, row, shown, written, y, page)
        show(sheet.finish(page, y), alt, path, crop=False)


# ---- What is shown ----


def _check_tasks(samples: Sequence[Mapping[str, Any]], tasks: Sequence[str]) -> None:
    if isinstance(samples, Mapping) or not samples:
        raise ValueError("show_tasks takes a list of samples; give [sample] for one.")
    unknown = [task for task in tasks if task not in PICTURES]
    if unknown or not tasks:
        raise ValueError(f"{unknown} are no tasks; give some of {', '.join(PICTURES)}.")
    for sample in samples:
        for task in tasks:
            missing = [key for key in NEEDS.get(task, ()) if key not in sample]
            if missing:
                raise ValueError(f"the sample has no {missing[0]!r}, which {task!r} needs; leave this task out.")


def _rows(
    samples: Sequence[Mapping[str, Any]],
    known: ClassList | Sequence[ClassList],
    predictions: Sequence[Tensor | np.ndarray] | None,
    predictor: ClassList | None,
    room: tuple[int, int],
    ignore_index: int,
) -> list[Row]:
    """Return the rows; `room` is the number of pictures side by side and their largest height."""
    known = list(known) if isinstance(known, Sequence) else [known] * len(samples)
    maps = list(predictions) if predictions is not None else [None] * len(samples)
    if not len(samples) == len(known) == len(maps):
        raise ValueError(
            f"{len(samples)} samples come with {len(known)} lists of classes and {len(maps)} predictions; "
            "give the same number of each."
        )
    for names in known if predictor is None else [*known, predictor]:
        if not (hasattr(names, "classes") and hasattr(names, "colors")):
            raise TypeError(f"a {type(names).__name__} names no classes; give a data set, with `classes` and `colors`.")
    rows = []
    for sample, names, prediction in zip(samples, known, maps, strict=True):
        size = tuple(sample["image"].shape[-2:])
        if prediction is not None:
            prediction = np.asarray(integer_labels(torch.as_tensor(prediction).cpu(), "prediction"))
            if prediction.shape != size:
                raise ValueError(f"a prediction has shape {prediction.shape}, its image {size}; give (H, W) of it.")
        zoom = min(room[1] / size[0], page_room(room[0]) / room[0] / size[1])
        zoom = int(zoom) if zoom >= 2 else zoom
        page_size = (round(size[1] * zoom), round(size[0] * zoom))
        rows.append(Row(sample, names, prediction, predictor or names, *page_size, ignore_index))
    return rows


def _draw_line(
    sheet: Sheet,
    row: Row,
    tasks: Sequence[str],
    y: float,
    width: int,
    has_headings: bool,
    written: set[str],
) -> float:
    """Draw some of a sample's pictures side by side from y down, add what was written; return the y below."""
    if has_headings:
        y += line_height(CAPTION)
    for column, task in enumerate(tasks):
        x = MARGIN + column * (width + GAP) + (width - row.width) // 2
        if has_headings:
            sheet.text(x + row.width / 2, y - 6, task, va="baseline")
        written.update(PICTURES[task](sheet, row, x, y))
    return y + row.height + _BELOW_PICTURES


def _draw_legend(sheet: Sheet, row: Row, shown: Sequence[str], written: set[str], y: float, page: float) -> float:
    """Write the classes of the maps whose names found no place, from y down; return the y below."""
    entries: list[tuple[str, str]] = []
    if {"semantic", "panoptic", "instance", "detection"} & set(shown):
        entries += legend_entries([labels_of(row)], row.known.classes, row.known.colors, row.ignore_index)
    if row.prediction is not None:
        assert row.predictor is not None
        entries += legend_entries([row.prediction], row.predictor.classes, row.predictor.colors, row.ignore_index)
    missing = [entry for entry in dict.fromkeys(entries) if entry[1] not in written]
    return sheet.legend(missing, y, page) + (_BELOW_PICTURES if missing else 0)
