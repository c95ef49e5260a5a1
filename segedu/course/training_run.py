"""One training run of `segedu train`: data and model by the recipe, then scores and pictures into the run's folder."""

import argparse
import json
import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from segedu.data.datasets import load_dataset
from segedu.data.transforms import Augment
from segedu.losses import CrossEntropy
from segedu.metrics.semantic import mean_iou_per_image
from segedu.models.zoo import create_model
from segedu.seeding import fold, seeded
from segedu.training import distributed
from segedu.training.device import pick_device
from segedu.training.inference import Preprocessing, predict
from segedu.training.recipes import Recipe, recipe_for
from segedu.training.trainer import STANDARD, Trainer

SHOWN = 3  # worst and best images in the picture
COUNTED = 400  # training images at most from which class frequencies are taken


class AugmentLabels:
    """Augment image and label map, leaving out the instances, which semantic training doesn't read."""

    def __init__(self, augment: Augment) -> None:
        self.augment = augment

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        return self.augment({key: sample[key] for key in ("image", "label_map", "name")})

    def __repr__(self) -> str:
        return repr(self.augment)


def train_and_report(args: argparse.Namespace) -> None:
    """Train as the command line says, print the scores, write final.json and worst_and_best.png."""
    size = None if args.size is None else _pair(args.size)
    names = ("width", "depth", "batch", "lr")
    recipe = recipe_for(args.data, size=size, **{name: getattr(args, name) for name in names})
    out = args.out or Path("runs") / f"{args.model}-{args.data}"
    trainer = build_trainer(args, recipe, out).fit()
    if distributed.rank() > 0:
        return
    scores = collect_scores(trainer, args, recipe)
    print_scores(scores)
    write_atomically(out / "final.json", json.dumps(scores, indent=2) + "\n")
    draw_worst_and_best(trainer, out / "worst_and_best.png")
    print(f"Written to {out}: checkpoint.pt, final.json, worst_and_best.png.")


def build_trainer(args: argparse.Namespace, recipe: Recipe, out: Path) -> Trainer:
    """Return the trainer of a recipe; the weights it starts from are a function of the seed."""
    device = pick_device(args.device, args.precision).device
    files_size = recipe.size if recipe.from_files or args.data == "scenes" else None
    train = load_dataset(args.data, "train", args.root, size=files_size, cache=True)
    val_size = recipe.size if args.data == "scenes" else None
    val = load_dataset(args.data, "val", args.root, size=val_size, cache=True)
    loss = CrossEntropy(class_weights(train, recipe.balance) if recipe.balance else None)
    train.transform = AugmentLabels(Augment(recipe.size, scale=recipe.zoom, color=recipe.color))
    with seeded(fold(args.seed, "weights")):
        options = {"width": recipe.width, "depth": recipe.depth}
        model = create_model(args.model, in_channels=3, num_classes=train.num_classes, **options)
    budget = {"steps": args.steps, "minutes": args.minutes}
    if args.steps is None and args.minutes is None:
        budget["minutes"] = recipe.minutes
    workers = args.workers
    if workers is None:
        workers = min(4, os.cpu_count() or 1) if device.type == "cuda" and args.data != "scenes" else 0
    return Trainer(
        model,
        train,
        val,
        **budget,
        batch=recipe.batch,
        micro_batch=args.micro_batch,
        lr=recipe.lr,
        loss=loss,
        preprocessing=Preprocessing(STANDARD.mean, STANDARD.std, recipe.size if recipe.whole else None),
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


def collect_scores(trainer: Trainer, args: argparse.Namespace, recipe: Recipe) -> dict[str, Any]:
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
        "settings": trainer.settings() | {"width": recipe.width, "depth": recipe.depth, "size": recipe.size},
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


def draw_worst_and_best(trainer: Trainer, path: Path) -> None:
    """Draw image, target, prediction and error of the validation images with the lowest and the highest own mIoU."""
    from segedu.viz.predictions import show_predictions  # here, because it loads matplotlib

    val, rows = trainer.val, []
    for index in range(len(val)):
        sample = val[index]
        target = sample["label_map"].as_subclass(Tensor)
        prediction = predict(trainer.model, sample["image"])
        score = float(mean_iou_per_image(prediction[None], target[None], trainer.num_classes)[0])
        if score == score:  # an image that is void throughout has no score
            rows.append((score, index, prediction))
    rows.sort(key=lambda row: row[:2])
    chosen = rows[:SHOWN] + rows[SHOWN:][-SHOWN:]
    samples = [val[index] for _, index, _ in chosen]
    names = ["worst"] * min(SHOWN, len(chosen)) + ["best"] * max(0, len(chosen) - SHOWN)
    beside = path.with_name(path.name + ".tmp")
    show_predictions(
        [sample["image"].as_subclass(Tensor) for sample in samples],
        [sample["label_map"].as_subclass(Tensor) for sample in samples],
        [prediction for _, _, prediction in chosen],
        val.classes,
        val.colors,
        alt=f"{SHOWN} worst and {SHOWN} best of {len(rows)} validation images: image, target, prediction and error.",
        title=f"The worst and the best of {len(rows)} validation images after {trainer.step} steps",
        captions=[f"{name}: {sample['name']}" for name, sample in zip(names, samples, strict=True)],
        path=beside,
    )
    os.replace(beside, path)


def write_atomically(path: Path, text: str) -> None:
    """Write a text file so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".tmp")
    beside.write_text(text)
    os.replace(beside, path)


def _pair(size: list[int]) -> tuple[int, int]:
    if len(size) > 2:
        raise ValueError(f"--size takes one or two numbers, height and width; {len(size)} were given.")
    return (size[0], size[-1])
