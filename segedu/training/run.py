"""From a data set's name to a trained model and its scores: what `segedu train` does, for Python.

trainer = se.train("camvid", "unet", root="data", steps=1200)
print(trainer.history["validation"][-1]["mean_iou"])
"""

import json
import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from segedu.data.sets import load_dataset
from segedu.data.transforms import Augment
from segedu.files import write_text
from segedu.losses import CrossEntropy, balanced_weights
from segedu.models.zoo import create_model
from segedu.seeding import fold, seeded
from segedu.training import distributed
from segedu.training.device import pick_device
from segedu.training.preprocessing import STANDARD, Preprocessing
from segedu.training.presets import Preset, preset_for
from segedu.training.tasks import Semantic
from segedu.training.trainer import Trainer

COUNTED = 400  # training images at most from which class frequencies are taken


def train(
    data: str,
    model: str = "unet",
    root: str | Path | None = None,
    *,
    out: str | Path | None = None,
    compile: bool = False,
    **changes: Any,
) -> Trainer:
    """Train a model of the course on one of its data sets by the data set's preset, and return the trainer.

    data, model: names, as in `dataset_names()` and `model_names()`. root: the folder that holds a real data set; None:
    where downloads go. out: the folder for checkpoint.pt and final.json (see `report`); None: nothing is written.
    compile: compile the model, which pays on a GPU in long runs. changes: fields of `Preset` (width, size, …) and
    keyword arguments of `Trainer` (steps, seed, device, …) in place of the preset's; None leaves the preset's own.

    Raises ValueError naming what doesn't fit: an unknown name, both steps and minutes, a missing device.
    """
    settings = {name: changes.pop(name) for name in list(changes) if name in Preset.__dataclass_fields__}
    minutes = settings.pop("minutes", None)
    if changes.get("steps") is not None and minutes is not None:
        raise ValueError("give steps or minutes, not both.")
    preset = preset_for(data, **settings)
    if changes.get("steps") is None:
        changes["minutes"] = preset.minutes if minutes is None else minutes
    if out is not None:
        changes["checkpoint"] = Path(out) / "checkpoint.pt"

    trainer = build_trainer(data, model, preset, root, compile, changes).fit()
    if out is not None and distributed.rank() == 0:
        scores = {"model": model, "data": data} | report(trainer)
        scores["settings"] |= {name: getattr(preset, name) for name in ("width", "depth", "norm", "size")}
        write_text(Path(out) / "final.json", json.dumps(scores, indent=2) + "\n")
    return trainer


def build_trainer(
    data: str, model: str, preset: Preset, root: str | Path | None, compile: bool, options: dict[str, Any]
) -> Trainer:
    """Return the trainer of a preset; the weights it starts from are a function of the seed."""
    train, val = load_splits(data, preset, root)
    weights = balanced_weights(count_pixels(train), preset.balance) if preset.balance else None
    train.transform = AugmentLabels(Augment(preset.size, scale=preset.zoom, color=preset.color))
    seed = options.get("seed", 0)
    network = create_network(model, preset, train.num_classes, seed)
    if compile:
        network.compile()
    if options.get("workers") is None:
        on_gpu = pick_device(options.get("device"), options.get("precision")).device.type == "cuda"
        options = options | {"workers": min(4, os.cpu_count() or 1) if on_gpu and data != "scenes" else 0}
    preprocessing = Preprocessing(STANDARD.mean, STANDARD.std, preset.size if preset.whole else None)
    return Trainer(
        network,
        train,
        val,
        task=Semantic(CrossEntropy(weights), preprocessing),
        batch=preset.batch,
        lr=preset.lr,
        **options,
    )


def load_splits(data: str, preset: Preset, root: str | Path | None) -> tuple[Any, Any]:
    """Return training and validation images; those of scenes are drawn at the preset's size."""
    train_size = preset.size if preset.from_files else None
    val_size = None
    if data == "scenes":
        train_size = val_size = preset.size
    train = load_dataset(data, "train", root, size=train_size, cache=True)
    val = load_dataset(data, "val", root, size=val_size, cache=True)
    return train, val


def create_network(model: str, preset: Preset, num_classes: int, seed: int) -> nn.Module:
    """Return a new model of the preset's width and depth for color images."""
    with seeded(fold(seed, "weights")):
        options = {"width": preset.width, "depth": preset.depth, "norm": preset.norm}
        return create_model(model, in_channels=3, num_classes=num_classes, **options)


class AugmentLabels:
    """Augment image and label map, leaving out the instances, which semantic training doesn't read."""

    def __init__(self, augment: Augment) -> None:
        self.augment = augment

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        return self.augment({key: sample[key] for key in ("image", "label_map", "name")})

    def __repr__(self) -> str:
        return repr(self.augment)


def count_pixels(dataset: Any) -> Tensor:
    """Return how many pixels each class has in at most 400 of the images, evenly spread: int64 (C,).

    >>> count_pixels([{"label_map": torch.tensor([[0, 0, 0, 1, 255]])}])
    tensor([3, 1])
    """
    step = -(-len(dataset) // COUNTED)
    counts = torch.zeros(256, dtype=torch.int64)
    for index in range(0, len(dataset), step):
        counts += torch.bincount(dataset[index]["label_map"].flatten(), minlength=256)
    num_classes = getattr(dataset, "num_classes", int(counts[:255].nonzero().max()) + 1)
    return counts[:num_classes]


def report(trainer: Trainer) -> dict[str, Any]:
    """Return what a run of semantic segmentation came to: the last validation's scores and what gave them.

    "steps", "planned_steps"; "mean_iou", "pixel_accuracy", "loss"; "iou", a dict from class to IoU in [0, 1];
    "settings"; "training_seconds", "device", "torch".
    """
    record = trainer.history["validation"][-1]
    return {
        "steps": trainer.step,
        "planned_steps": trainer.total,
        "mean_iou": record["mean_iou"],
        "pixel_accuracy": record["pixel_accuracy"],
        "loss": record["loss"],
        "iou": dict(zip(trainer.train.classes, record["iou"], strict=True)),
        "settings": trainer.settings(),
        "training_seconds": round(trainer.seconds, 1),
        "device": str(trainer.choice),
        "torch": torch.__version__,
    }


def print_scores(scores: dict[str, Any]) -> None:
    """Print the IoU of each class and the means of a `report`."""
    width = max(len(name) for name in [*scores["iou"], "pixel accuracy"])
    print(f"\n{'class':<{width}}   IoU")
    for name, value in scores["iou"].items():
        print(f"{name:<{width}}  {value:.3f}")
    print(f"{'mean IoU':<{width}}  {scores['mean_iou']:.3f}")
    print(f"{'pixel accuracy':<{width}}  {scores['pixel_accuracy']:.3f}")
