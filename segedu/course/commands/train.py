"""Train a model of the course on one of its data sets: print the IoU of each class, keep the scores and pictures of the
best and the worst validation images. Several GPUs or machines: torchrun --nproc-per-node N -m segedu train …
"""

import argparse
import re
from pathlib import Path

from segedu.data.sets import dataset_names
from segedu.scalars import real_number, whole_number

RUN = "segedu.course.commands.train:run"
CHOICES = "segedu.course.commands.train:choices"
SMALLEST = {
    "steps": 1,
    "width": 1,
    "depth": 1,
    "batch": 1,
    "micro_batch": 1,
    "validate_every": 1,
    "seed": 0,
    "workers": 0,
}
ABOVE_0 = ("minutes", "lr")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `segedu train`; what is not given comes from the data set's preset."""
    add = parser.add_argument
    add("model", help="the model's name, such as unet")
    add("--data", default="scenes", metavar="NAME", help=f"{', '.join(dataset_names())} (default: scenes)")
    add("--root", type=Path, metavar="DIR", help="the folder that holds a real data set (default: where downloads go)")
    add("--steps", type=int, help="how many steps to train,")
    add("--minutes", type=float, help="or how long (default: the preset's minutes)")
    add("--out", type=Path, metavar="DIR", help="folder for checkpoint, scores and pictures (default: runs/MODEL-DATA)")
    add("--resume", nargs="?", const=True, default=False, choices=[True, "anyway"], metavar="anyway",
        help="go on from the checkpoint in the folder; `--resume anyway` with other settings, too")  # fmt: skip
    add(
        "--size", type=int, nargs="+", metavar="PIXELS", help="height and width of the training images, or both at once"
    )
    add("--width", type=int, help="channels of the model's first level")
    add("--depth", type=int, help="levels of the model")
    add("--norm", choices=["batch", "group"], help="normalization; group doesn't mind how a batch is split")
    add("--batch", type=int, help="images a step, over all processes")
    add("--micro-batch", type=int, help="images at once in one process (default: as many as fit)")
    add("--lr", type=float, help="the learning rate at its peak")
    add("--seed", type=int, default=0, help="decides the weights, the order, the augmentation (default: 0)")
    add("--device", help="cuda, mps or cpu, or one of several as cuda:1 (default: the best there is)")
    add("--precision", help="how to compute (default: the best for the device)")
    add("--validate-every", type=int, metavar="STEPS", help="how often to validate (default: five times a run)")
    add("--workers", type=int, help="processes that load images (default: 0; for real images on a GPU up to 4)")
    add("--compile", action="store_true", help="compile the model: pays on a GPU in long runs")


def choices() -> str:
    """Return what may be chosen, from the tables that decide: the end of the help."""
    from segedu.models.zoo import model_names  # here, because the parser needs no torch
    from segedu.training.device import DTYPES
    from segedu.training.presets import PRESETS

    lines = [f"models: {', '.join(model_names())}", f"precisions: {', '.join(DTYPES)}", "data sets, and their presets:"]
    for name, preset in PRESETS.items():
        height, width = preset.size
        model = f"width {preset.width}, depth {preset.depth}"
        run = f"batch {preset.batch}, lr {preset.lr:g}, {preset.minutes:g} minutes"
        lines.append(f"  {name:<8} {height} × {width} pixels, {model}, {run}")
    return "\n".join(lines)


def run(args: argparse.Namespace) -> int:
    """Train, report and return 0; what a user can mend comes as ValueError or OSError, in one sentence."""
    import torch  # here, because the other commands need no torch

    from segedu.training import distributed
    from segedu.training.run import print_scores, report, train
    from segedu.viz.extremes import show_extremes

    check(args)
    out = args.out or Path("runs") / f"{args.model}-{args.data}"
    names = set(vars(args)) - {"command", "run", "debug", "data", "model", "root", "out", "size"}
    changes = {name: getattr(args, name) for name in names}
    try:
        trainer = train(args.data, args.model, args.root, out=out, size=pair(args.size), **changes)
    except (TypeError, FloatingPointError, torch.OutOfMemoryError) as error:
        raise ValueError(str(error)) from error
    except (RuntimeError, MemoryError) as error:
        raise mendable(error) from error
    if distributed.rank() > 0:
        return 0
    print_scores(report(trainer))
    title = f"The worst and the best of {{count}} validation images after {trainer.step} steps"
    show_extremes(trainer.model, trainer.val, title, path=out / "worst_and_best.png")
    print(f"Written to {out}: checkpoint.pt, final.json, worst_and_best.png.")
    return 0


def check(args: argparse.Namespace) -> None:
    """Raise ValueError for a number out of range, an unknown device, an empty path: before anything is loaded."""
    for name, smallest in SMALLEST.items():
        if getattr(args, name) is not None:
            whole_number(getattr(args, name), option(name), at_least=smallest)
    for name in ABOVE_0:
        if getattr(args, name) is not None:
            real_number(getattr(args, name), option(name), above=0)
    if args.device is not None and not re.fullmatch(r"(cuda|mps|cpu)(:\d{1,3})?", args.device):
        raise ValueError(f"--device is {args.device!r}; give cuda, mps or cpu, or one of several as cuda:1.")


def option(name: str) -> str:
    """Return how an argument is written on the command line.

    >>> option("micro_batch")
    '--micro-batch'
    """
    return "--" + name.replace("_", "-")


def pair(size: list[int] | None) -> tuple[int, int] | None:
    """Return --size as (height, width); one number means both."""
    if size is None:
        return None
    if len(size) > 2:
        raise ValueError(f"--size takes one or two numbers, height and width; {len(size)} were given.")
    height, width = (whole_number(side, "--size", at_least=1) for side in (size[0], size[-1]))
    return height, width


def mendable(error: Exception) -> Exception:
    """Return what to raise for an error of torch: ValueError in one sentence where a user can mend it, else itself."""
    text = str(error)
    if isinstance(error, MemoryError) or "allocate memory" in text or "out of memory" in text:
        return ValueError("memory ran out: take a smaller --micro-batch, --size or --width.")
    if "DataLoader worker" in text:
        return ValueError(
            "a process that loads images was killed, often because memory ran out: take fewer --workers, or 0."
        )
    return error
