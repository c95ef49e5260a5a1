"""The images that a model does worst and best on, in one figure."""

from pathlib import Path
from typing import Any

from torch import Tensor, nn

from segedu.files import replacing
from segedu.metrics.semantic import mean_iou_per_image
from segedu.training.inference import predict
from segedu.viz.predictions import show_predictions

COUNT = 3  # images at each end


def show_extremes(model: nn.Module, dataset: Any, title: str, path: Path) -> None:
    """Show image, target, prediction and error of the images with the lowest and the highest mean IoU of their own.

    dataset: samples with "image", "label_map" and "name", and `classes` and `colors` of the classes. title: "{count}"
    in it becomes the number of images with a score; those that are void throughout have none. path: where to write the
    figure as PNG, whole or not at all.
    """
    ranked = rank_images(model, dataset)
    chosen = ranked[:COUNT] + ranked[COUNT:][-COUNT:]
    samples = [dataset[index] for _, index, _ in chosen]
    ends = ["worst"] * min(COUNT, len(chosen)) + ["best"] * max(0, len(chosen) - COUNT)
    with replacing(path) as beside:
        show_predictions(
            [sample["image"].as_subclass(Tensor) for sample in samples],
            [sample["label_map"].as_subclass(Tensor) for sample in samples],
            [prediction for _, _, prediction in chosen],
            dataset.classes,
            dataset.colors,
            alt=f"{COUNT} worst and {COUNT} best of {len(ranked)} images: image, target, prediction and error.",
            title=title.format(count=len(ranked)),
            captions=[f"{end}: {sample['name']}" for end, sample in zip(ends, samples, strict=True)],
            path=beside,
        )


def rank_images(model: nn.Module, dataset: Any) -> list[tuple[float, int, Tensor]]:
    """Return (mean IoU of its own, index, predicted label map (H, W)) of each image with a score, the worst first."""
    rows = []
    for index in range(len(dataset)):
        sample = dataset[index]
        target = sample["label_map"].as_subclass(Tensor)
        prediction = predict(model, sample["image"])
        score = float(mean_iou_per_image(prediction[None], target[None], len(dataset.classes))[0])
        if score == score:  # NaN where all is void
            rows.append((score, index, prediction))
    return sorted(rows, key=lambda row: row[:2])
