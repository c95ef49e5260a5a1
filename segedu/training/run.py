"""One training run of `segedu train`: data and model by the preset, then scores and pictures into the run's folder."""

import argparse
import json
import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from segedu.data.sets import load_dataset
from segedu.data.transforms import Augment
from segedu.files import write_text
from segedu.losses import CrossEntropy
from segedu.models.zoo import create_model
from segedu.seeding import fold, seeded
from segedu.training import distributed
from segedu.training.device import pick_device
from segedu.training.inference import Preprocessing
from segedu.training.presets import Preset, preset_for
from segedu.training.trainer import STANDARD, Trainer

COUNTED = 400  # training images at most from which class frequencies are taken


class AugmentLabels:
    """Augment image and label map, leaving out the instances, which semantic training doesn't read."""

    def __init__(self, augment: Augment) -> None:
        self.augment = augment

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        return self.augment({key: sample[key] for key in ("image", "label_map", "name")})

    def __repr__(self) -> str:
        return repr(self.augment)


def train_and_report(args: argparse.Namespace) -> tuple[Trainer, Path]:
    """Train as the command line says, print the scores, write final.json; return the trainer and the run's folder."""
    size = None if args.size is None else _pair(args.size)
    names = ("width", "depth", "batch", "lr")
    preset = preset_for(args.data, size=size, **{name: getattr(args, name) for name in names})
    out = args.out or Path("runs") / f"{args.model}-{args.data}"
    trainer = build_trainer(args, preset, out).fit()
    if distributed.rank() > 0:
        return trainer, out
    scores = collect_scores(trainer, args, preset)
    print_scores(scores)
    write_text(out / "final.json", json.dumps(scores, indent=2) + "\n")
    return trainer, out


def build_trainer(args: argparse.Namespace, preset: Preset, out: Path) -> Trainer:
    """Return the trainer of a preset; the weights it starts from are a function of the seed."""
    device = pick_device(args.device, args.precision).device
    files_size = preset.size if preset.from_files or args.data == "scenes" else None
    train = load_dataset(args.data, "train", args.root, size=files_size, cache=True)
    val_size = preset.size if args.data == "scenes" else None
    val = load_dataset(args.data, "val", args.root, size=val_size, cache=True)
    loss = CrossEntropy(class_weights(train, preset.balance) if preset.balance else None)
    train.transform = AugmentLabels(Augment(preset.size, scale=preset.zoom, color=preset.color))
    with seeded(fold(args.seed, "weights")):
        options = {"width": preset.width, "depth": preset.depth}
        model = create_model(args.model, in_channels=3, num_classes=train.num_classes, **options)
    budget = {"steps": args.steps, "minutes": args.minutes}
    if args.steps is None and args.minutes is None:
        budget["minutes"] = preset.minutes
    workers = args.workers
    if workers is None:
        workers = min(4, os.cpu_count() or 1) if device.type == "cuda" and args.data != "scenes" else 0
    return Trainer(
        model,
        train,
        val,
        **budget,
        batch=preset.batch,
        micro_batch=args.micro_batch,
        lr=preset.lr,
        loss=loss,
        preprocessing=Preprocessing(STANDARD.mean, STANDARD.std, preset.size if preset.whole else None),
        validate_every=args.validate_every,
        checkpoint=out / "checkpoint.pt",
        resume=args.resume,
        seed=args.seed,
        device=args.device,
        precision=args.precision,
        workers=workers,
        compile=args.compile,
    )


def class_weights(dataset: Any, balance: float) -> Tensor:
    """Return (C,) weights proportional to frequency ** -balance, with mean 1 over the pixels.

    >>> label_map = torch.tensor([[0, 0, 0, 1, 255]])
    >>> class_weights([{"label_map": label_map}], balance=1.0)
    tensor([0.6667, 2.0000])
    """
    step = -(-len(dataset) // COUNTED)
    counts = torch.zeros(256, dtype=torch.int64)
    for index in range(0, len(dataset), step):
        counts += torch.bincount(dataset[index]["label_map"].flatten(), minlength=256)
    num_classes = getattr(dataset, "num_classes", int(counts[:255].nonzero().max()) + 1)
    share = (counts[:num_classes].double() / counts[:num_classes].sum()).clamp(min=1e-4)
    weights = share**-balance
    return (weights / (weights * share).sum()).float()


def collect_scores(trainer: Trainer, args: argparse.Namespace, preset: Preset) -> dict[str, Any]:
    """Return what final.json holds: the last validation and what gave it."""
    record = trainer.history["validation"][-1]
    return {
        "model": args.model,
        "data": args.data,
        "steps": trainer.step,
        "planned_steps": trainer.total,
        "mean_iou": record["mean_iou"],
        "pixel_accuracy": record["pixel_accuracy"],
        "loss": record["loss"],
        "iou": dict(zip(trainer.train.classes, record["iou"], strict=True)),
        "settings": trainer.settings() | {"width": preset.width, "depth": preset.depth, "size": preset.size},
        "training_seconds": round(trainer.seconds, 1),
        "device": str(trainer.choice),
        "torch": torch.__version__,
    }


def print_scores(scores: dict[str, Any]) -> None:
    """Print the IoU of each class and the means."""
    width = max(len(name) for name in [*scores["iou"], "pixel accuracy"])
    print(f"\n{'class':<{width}}   IoU")
    for name, value in scores["iou"].items():
        print(f"{name:<{width}}  {value:.3f}")
    print(f"{'mean IoU':<{width}}  {scores['mean_iou']:.3f}")
    print(f"{'pixel accuracy':<{width}}  {scores['pixel_accuracy']:.3f}")


def _pair(size: list[int]) -> tuple[int, int]:
    if len(size) > 2:
        raise ValueError(f"--size takes one or two numbers, height and width; {len(size)} were given.")
    return (size[0], size[-1])
