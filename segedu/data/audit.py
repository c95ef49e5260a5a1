"""Look at every image of a data set before anyone trains on it: what is broken, what is rare, what is in two splits.

`audit({"train": train, "val": val})` reads every sample once. What training would stumble over (unreadable files, sizes
that differ, labels out of range) and what it would not notice (images without labels, the same image in two splits)
come back as problems, one sentence each; the class shares come back as counts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.labels import VOID

THUMBNAIL = 16  # pixels a side, gray: what two images are compared by
ALIKE = 0.02  # root mean square difference of two thumbnails, of a range of 1, below which they show the same


@dataclass(frozen=True)
class Problem:
    """What is wrong with an image; kind: "unreadable", "size", "image", "label", "twice" (in two splits) or "empty"."""

    kind: str
    split: str
    index: int
    text: str
    other: tuple[str, int] | None = None  # of "twice": split and index of the other image


@dataclass
class SplitAudit:
    """The counts of one split: images read, sizes (height, width), pixels and images per class (C,), void pixels."""

    images: int
    sizes: Counter[tuple[int, int]]
    pixels: Tensor
    images_with: Tensor
    void: int
    names: list[str] = field(repr=False)
    thumbnails: Tensor = field(repr=False)  # (images, 16 · 16) float32; NaN where an image could not be read

    def shares(self) -> Tensor:
        """Return each class's share of the pixels that aren't void: float64 (C,); NaN when nothing was read."""
        return self.pixels.double() / self.pixels.sum()


@dataclass
class Audit:
    """What an audit found: counts by split, and the problems, the worst kinds first."""

    classes: tuple[str, ...]
    splits: dict[str, SplitAudit]
    problems: list[Problem]


def audit(datasets: Mapping[str, Any], alike: float = ALIKE) -> Audit:
    """Read every sample of each split once; return counts and problems. Nothing is raised for what is wrong inside.

    datasets: by split, data sets with `classes` whose samples are dicts: "image" (3, H, W) float in [0, 1], "label_map"
    (H, W) integer, "name". alike: the difference of thumbnails, 0 to 1, below which two images of different splits are
    reported. Raises ValueError if there is no data set, or if their classes differ.

    >>> from segedu.data.scenes import Scenes
    >>> found = audit({"train": Scenes(3, size=48), "val": Scenes(2, size=48, split="val")})
    >>> found.splits["train"].images, found.problems
    (3, [])
    """
    if not datasets:
        raise ValueError("there is no data set to audit; give at least one, by the name of its split.")
    classes = {tuple(dataset.classes) for dataset in datasets.values()}
    if len(classes) > 1:
        raise ValueError(f"the splits have different classes: {sorted(classes)}; audit data sets of one kind together.")
    problems: list[Problem] = []
    splits = {split: _read(split, dataset, problems) for split, dataset in datasets.items()}
    problems += duplicates(splits, alike)
    order = ("unreadable", "size", "image", "label", "twice", "empty")
    return Audit(classes.pop(), splits, sorted(problems, key=lambda problem: order.index(problem.kind)))


def duplicates(splits: Mapping[str, SplitAudit], alike: float = ALIKE) -> list[Problem]:
    """Return the pairs of images in different splits whose thumbnails differ by less than `alike`."""
    found = []
    for (first, one), (second, two) in combinations(splits.items(), 2):
        a, b = one.thumbnails, two.thumbnails
        distance = torch.cdist(a.double(), b.double()) / THUMBNAIL  # root of the mean square
        for i, j in (distance < alike).nonzero().tolist():
            how = "is" if distance[i, j] < 1e-6 else "shows nearly what is in"
            text = f"{one.names[i]} in {first} {how} {two.names[j]} in {second}: a score on it measures memory."
            found.append(Problem("twice", first, i, text, (second, j)))
    return found


def _read(split: str, dataset: Any, problems: list[Problem]) -> SplitAudit:
    num_classes = len(dataset.classes)
    pixels, images_with = (torch.zeros(num_classes, dtype=torch.int64) for _ in range(2))
    sizes: Counter[tuple[int, int]] = Counter()
    names, thumbnails, void, images = [], [], 0, 0
    for index in range(len(dataset)):
        try:
            sample = dataset[index]
            image, label_map = (sample[key].as_subclass(Tensor) for key in ("image", "label_map"))
        except Exception as error:  # a reader may raise anything; here it is a finding, not the end of the audit
            problems.append(Problem("unreadable", split, index, str(error) or type(error).__name__))
            names.append(f"image {index}")
            thumbnails.append(torch.full((THUMBNAIL**2,), torch.nan))
            continue
        names.append(str(sample.get("name", f"image {index}")))
        thumbnails.append(_thumbnail(image))
        if label_map.is_floating_point():
            problems.append(
                Problem("label", split, index, f"{names[-1]}: the labels are {label_map.dtype}, no integers.")
            )
        label_map = label_map.long()
        inside = label_map[(label_map >= 0) & (label_map <= VOID)]  # others are reported, and no class's pixels
        counts = torch.bincount(inside, minlength=VOID + 1)
        problems += [
            Problem(kind, split, index, text) for kind, text in _wrong(names[-1], image, label_map, num_classes)
        ]
        pixels += counts[:num_classes]
        images_with += counts[:num_classes] > 0
        sizes[(image.shape[-2], image.shape[-1])] += 1
        void += int(counts[VOID])
        images += 1
    stacked = torch.stack(thumbnails) if thumbnails else torch.zeros(0, THUMBNAIL**2)
    return SplitAudit(images, sizes, pixels, images_with, void, names, stacked)


def _wrong(name: str, image: Tensor, label_map: Tensor, num_classes: int) -> Sequence[tuple[str, str]]:
    found = []
    if image.shape[-2:] != label_map.shape:
        sizes = [" × ".join(map(str, shape)) for shape in (image.shape[-2:], label_map.shape)]
        found.append(("size", f"{name}: the image has {sizes[0]} pixels, its label map {sizes[1]}."))
    if not image.is_floating_point() or not 0 <= image.min() <= image.max() <= 1:  # NaN fails too
        given = f"{image.dtype} from {float(image.min()):g} to {float(image.max()):g}"
        found.append(("image", f"{name}: the image is {given}; expected float, 0 to 1."))
    wrong = label_map[((label_map < 0) | (label_map >= num_classes)) & (label_map != VOID)]
    if len(wrong):
        values = sorted(set(wrong.tolist()))[:5]
        found.append(
            ("label", f"{name}: {len(wrong)} pixels have the labels {values}; there are classes 0 … {num_classes - 1}.")
        )
    if (label_map == VOID).all():
        found.append(("empty", f"{name}: every pixel is void; it teaches nothing and scores nothing."))
    elif len(label_map.unique()) == 1:
        found.append(("empty", f"{name}: every pixel is of class {int(label_map.flatten()[0])}; is the mask empty?"))
    return found


def _thumbnail(image: Tensor) -> Tensor:
    gray = image.float().mean(dim=0)[None, None]
    return F.adaptive_avg_pool2d(gray, THUMBNAIL).flatten()
