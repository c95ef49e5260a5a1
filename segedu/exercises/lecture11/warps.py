"""Cases and judge of lecture 11's exercise on resized labels: what a bilinear resize spoils."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, compare

Arguments = dict[str, Any]

# ---- 11.spoiled_pixels: sizes are odd, so that no pixel lies halfway between two labels ----

# (height, width), (new height, new width), labels that occur; where the map shrinks, the last label has one pixel, and
# loses it
RESIZES: tuple[tuple[tuple[int, int], tuple[int, int], tuple[int, ...]], ...] = (
    ((3, 5), (3, 7), (0, 3, 4)),
    ((1, 1), (3, 5), (2,)),
    ((3, 5), (5, 9), (0, 1, 4)),
    ((3, 7), (3, 7), (1, 2)),
    ((5, 7), (3, 5), (0, 10, 5)),
    ((5, 9), (11, 13), (0, 1)),
    ((7, 11), (5, 7), (0, 8, 4)),
    ((9, 15), (13, 21), (1, 4, 7)),
    ((9, 7), (7, 3), (251, 261, 256)),
)

RESIZE_MISTAKES = {
    "cut": "The mixed values were cut, not rounded: `.round()` comes before `.long()`.",
    "corners": "Bilinear was used with align_corners=True; here pixels are areas, which is torch's default.",
    "antialias": "Bilinear was used with antialias=True; the plain mix of four pixels is asked for.",
    "nearest": 'The comparison is with "nearest", whose grid lies beside; "nearest-exact" has the centers of bilinear.',
    "classes": "The second number counts classes; it should count the *pixels* that hold one.",
    "swapped": "The two numbers are swapped: first what changed, then what was invented.",
    "shares": "These are shares; counts of pixels are asked for.",
    "transposed": "The map was resized to (width, height): the size is (height, width).",
    "mixed": "The mixed values were compared without rounding: half a class is no class, so `.round()` comes first.",
    "resized map": "Classes were looked up in the resized map, which may have lost some: a class is nowhere if "
    "`label_map` doesn't contain it.",
    "rest": "The second number is of the pixels that changed into a class that is there; the others are asked for.",
}


def resize_arguments(seed: int) -> Arguments:
    """Return a label map (H, W) of random labels and a new size; every second secret case is a shrink."""
    for _ in range(100):
        size, new, labels = RESIZES[seed] if seed < len(RESIZES) else resize_drawn(seed)
        shrinks = new[0] < size[0]
        label_map = map_drawn(size, new, labels) if shrinks else torch.tensor(labels)[torch.randint(len(labels), size)]
        label_map[0, 0], label_map[-1, -1] = labels[0], labels[min(1, len(labels) - 1)]
        invented = mixed(label_map, new, mode="bilinear").round() == labels[-1]
        if not shrinks or bool(invented.any()):
            return {"label_map": label_map, "size": new}
    raise RuntimeError("100 draws mix no two labels to the one that is lost.")


def map_drawn(size: tuple[int, int], new: tuple[int, int], labels: tuple[int, ...]) -> Tensor:
    """Return a label map in which the last label has one pixel, which the new size passes over."""
    label_map = torch.tensor(labels[:-1])[torch.randint(len(labels) - 1, size)]
    label_map[unseen(size[0], new[0]), unseen(size[1], new[1])] = labels[-1]
    return label_map


def resize_drawn(seed: int) -> tuple[tuple[int, int], tuple[int, int], tuple[int, ...]]:
    """Draw a row of `RESIZES`; the label that is lost is the mean of the two others."""
    low, high = ((2 * int(torch.randint(least, least + 4, ())) + 1 for least in sides) for sides in ((2, 3), (6, 8)))
    small, large = tuple(low), tuple(high)
    if seed % 2:
        return large, small, (0, 6, 3) if seed % 4 == 1 else (253, 259, 256)  # type: ignore[return-value]
    return small, large, tuple(torch.randperm(10)[:3].tolist())  # type: ignore[return-value]


def unseen(side: int, new: int) -> int:
    """Return a row or column that "nearest-exact" passes over."""
    seen = {(2 * place + 1) * side // (2 * new) for place in range(new)}
    return next(place for place in range(1, side) if place not in seen)


def mixed(label_map: Tensor, size: tuple[int, int], **options: Any) -> Tensor:
    """Return the label map (h, w) resized as if labels were amounts, not yet rounded."""
    return F.interpolate(label_map[None, None].float(), size=tuple(size), **options)[0, 0]


def spoiled(before: Tensor, right: Tensor, after: Tensor) -> tuple[int, int]:
    """Return how many pixels of `after` differ from `right`, and how many hold a class that `before` lacks."""
    return int((after != right).sum()), int((~torch.isin(after, before)).sum())


def judge_resize(arguments: Arguments, result: Any, expected: tuple[int, int]) -> Verdict:
    """Name the grid, the rounding or the counting that went wrong."""
    before, size = arguments.values()
    right, old = (mixed(before, size, mode=mode).long() for mode in ("nearest-exact", "nearest"))
    plain = mixed(before, size, mode="bilinear")
    after = plain.round().long()
    corners = mixed(before, size, mode="bilinear", align_corners=True).round().long()
    smooth = mixed(before, size, mode="bilinear", antialias=True).round().long()
    changed, invented = expected
    turned = (size[1], size[0])
    wrong = {
        "transposed": spoiled(
            before,
            mixed(before, turned, mode="nearest-exact").long(),
            mixed(before, turned, mode="bilinear").round().long(),
        ),
        "cut": spoiled(before, right, plain.long()),
        "corners": spoiled(before, right, corners),
        "antialias": spoiled(before, right, smooth),
        "nearest": spoiled(before, old, after),
        "classes": (changed, int((~torch.isin(after.unique(), before)).sum())),
        "swapped": (invented, changed),
        "shares": (changed / after.numel(), invented / after.numel()),
        "mixed": spoiled(before, right, plain),
        "rest": (changed, changed - invented),
        "resized map": (changed, int((~torch.isin(after, right)).sum())),
    }
    mistakes = [(RESIZE_MISTAKES[mistake], value) for mistake, value in wrong.items()]
    fields = ("number of changed pixels", "number of pixels without a class of the map")
    return compare(result, expected, name="the pair", mistakes=mistakes, fields=fields)
