"""Train a model of the course on one of its data sets: print the IoU of each class, keep the scores and pictures of the
best and the worst validation images. Several GPUs or machines: torchrun --nproc-per-node N -m segedu train …
"""

import argparse
from pathlib import Path

from segedu.data.sets import dataset_names

RUN = "segedu.course.commands.train:run"


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
    add("--device", help="cuda, mps or cpu (default: the best there is)")
    add("--precision", help="fp32, bf16 or fp16 (default: the best for the device)")
    add("--validate-every", type=int, metavar="STEPS", help="how often to validate (default: five times a run)")
    add("--workers", type=int, help="processes that load images (default: 0; for real images on a GPU up to 4)")
    add("--compile", action="store_true", help="compile the model: pays on a GPU in long runs")


def run(args: argparse.Namespace) -> int:
    """Train, report and return 0; what a user can mend comes as ValueError or OSError, in one sentence."""
    import torch  # here, because the other commands need no torch

    from segedu.training import distributed
    from segedu.training.run import print_scores, report, train
    from segedu.viz.extremes import show_extremes

    out = args.out or Path("runs") / f"{args.model}-{args.data}"
    names = set(vars(args)) - {"command", "run", "data", "model", "root", "out", "size"}
    changes = {name: getattr(args, name) for name in names}
    try:
        trainer = train(args.data, args.model, args.root, out=out, size=_pair(args.size), **changes)
    except (TypeError, FloatingPointError, torch.OutOfMemoryError) as error:
        raise ValueError(str(error)) from error
    if distributed.rank() > 0:
        return 0
    print_scores(report(trainer))
    title = f"The worst and the best of {{count}} validation images after {trainer.step} steps"
    show_extremes(trainer.model, trainer.val, title, path=out / "worst_and_best.png")
    print(f"Written to {out}: checkpoint.pt, final.json, worst_and_best.png.")
    return 0


def _pair(size: list[int] | None) -> tuple[int, int] | None:
    if size is None:
        return None
    if len(size) > 2:
        raise ValueError(f"--size takes one or two numbers, height and width; {len(size)} were given.")
    return (size[0], size[-1])
