"""The validation images that a model does worst and best on, in one figure."""

from pathlib import Path
from typing import Any

from torch import Tensor, nn

from segedu.metrics.semantic import mean_iou_per_image
from segedu.training.inference import predict
from segedu.viz.predictions import show_predictions

COUNT = 3  # images at each end


def show_extremes(model: nn.Module, dataset: Any, title: str, path: Path | None = None) -> None:
    """Show image, target, prediction and error of the images with the lowest and the highest mean IoU of their own.

    dataset: samples with "image", "label_map" and "name", and `classes` and `colors` of C classes; path: where to write
    the figure as PNG. Images that are void throughout have no score and are left out.
    """
    rows = []
    for index in range(len(dataset)):
        sample = dataset[index]
        prediction = predict(model, sample["image"])
        target = sample["label_map"].as_subclass(Tensor)
        score = float(mean_iou_per_image(prediction[None], target[None], len(dataset.classes))[0])
        if score == score:
            rows.append((score, index, prediction))
    rows.sort(key=lambda row: row[:2])
    chosen = rows[:COUNT] + rows[COUNT:][-COUNT:]
    samples = [dataset[index] for _, index, _ in chosen]
    ends = ["worst"] * min(COUNT, len(chosen)) + ["best"] * max(0, len(chosen) - COUNT)
    show_predictions(
        [sample["image"].as_subclass(Tensor) for sample in samples],
        [sample["label_map"].as_subclass(Tensor) for sample in samples],
        [prediction for _, _, prediction in chosen],
        dataset.classes,
        dataset.colors,
        alt=f"{COUNT} worst and {COUNT} best of {len(rows)} validation images: image, target, prediction and error.",
        title=title.format(count=len(rows)),
        captions=[f"{end}: {sample['name']}" for end, sample in zip(ends, samples, strict=True)],
        path=path,
    )
