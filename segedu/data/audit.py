"""Look at every image of a data set before anyone trains on it: what is broken, what is rare, what is in two splits.

`audit({"train": train, "val": val})` reads every sample once. What training would stumble over
(unreadable files, sizes that differ, labels out of range) and what it would not notice (images
without labels, the same image in two splits) come back as problems, one sentence each; the class
shares come back as counts.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.labels import VOID

THUMBNAIL = 16  # pixels a side, gray: what two images are compared by
KINDS = ("unreadable", "size", "image", "label", "twice", "empty")  # of problems, the worst first
ALIKE = 0.02  # root mean square difference of two thumbnails, of a range of 1, below which they show the same


@dataclass(frozen=True)
class Problem:
    """What is wrong with an image; kind: one of `KINDS`, of which "twice" is an image in two splits."""

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

    Args:
        datasets: By split, data sets with `classes` whose samples are dicts: "image" (3, H, W)
            float in [0, 1], "label_map" (H, W) integer, "name".
        alike: The difference of thumbnails, 0 to 1, below which two images of different splits are
            reported.

    Raises:
        ValueError: There is no data set, or their classes differ.

    >>> from segedu.data.scenes import Scenes
    >>> report = audit({"train": Scenes(3, size=48), "val": Scenes(2, size=48, split="val")})
    >>> report.splits["train"].images, report.problems
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
    problems.sort(key=lambda problem: KINDS.index(problem.kind))
    return Audit(classes.pop(), splits, problems)


def duplicates(splits: Mapping[str, SplitAudit], alike: float = ALIKE) -> list[Problem]:
    """Return the pairs of images in different splits whose thumbnails differ by less than `alike`."""
    problems = []
    for (first, one), (second, two) in combinations(splits.items(), 2):
        distance = torch.cdist(one.thumbnails.double(), two.thumbnails.double())
        distance = distance / THUMBNAIL  # root of the mean square
        for i, j in (distance < alike).nonzero().tolist():
            how = "is" if distance[i, j] < 1e-6 else "shows nearly what is in"
            text = f"{one.names[i]} in {first} {how} {two.names[j]} in {second}: a score on it measures memory."
            problems.append(Problem("twice", first, i, text, (second, j)))
    return problems


def _read(split: str, dataset: Any, problems: list[Problem]) -> SplitAudit:
    """Return the counts of a split; what is wrong with its images is added to `problems`."""
    counts = torch.zeros(len(dataset), VOID + 1, dtype=torch.int64)  # pixels of each image and label
    sizes: Counter[tuple[int, int]] = Counter()
    names: list[str] = []
    thumbnails = torch.full((len(dataset), THUMBNAIL**2), torch.nan)
    for index in range(len(dataset)):
        try:
            sample = dataset[index]
            image = sample["image"].as_subclass(Tensor)
            label_map = sample["label_map"].as_subclass(Tensor)
        except Exception as error:  # a reader may raise anything; here it is a finding, not the end of the audit
            problems.append(Problem("unreadable", split, index, str(error) or type(error).__name__))
            names.append(f"image {index}")
            continue
        name = str(sample.get("name", f"image {index}"))
        for kind, text in _faults(image, label_map, len(dataset.classes)):
            problems.append(Problem(kind, split, index, f"{name}: {text}"))

        names.append(name)
        thumbnails[index] = _thumbnail(image)
        counts[index] = _count_labels(label_map)
        sizes[(image.shape[-2], image.shape[-1])] += 1

    of_classes = counts[:, : len(dataset.classes)]
    return SplitAudit(
        images=sizes.total(),
        sizes=sizes,
        pixels=of_classes.sum(dim=0),
        images_with=(of_classes > 0).sum(dim=0),
        void=int(counts[:, VOID].sum()),
        names=names,
        thumbnails=thumbnails,
    )


def _faults(image: Tensor, label_map: Tensor, num_classes: int) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with an image and its label map: the kind of the problem, and a text without the name."""
    if label_map.is_floating_point():
        yield "label", f"the labels are {label_map.dtype}, no integers."
    if image.shape[-2:] != label_map.shape:
        yield "size", f"the image has {_by(image.shape[-2:])} pixels, its label map {_by(label_map.shape)}."

    low = image.min()
    high = image.max()
    if not image.is_floating_point() or not 0 <= low <= high <= 1:  # NaN fails too
        values = f"{image.dtype} from {float(low):g} to {float(high):g}"
        yield "image", f"the image is {values}; expected float, 0 to 1."

    labels = label_map.long().flatten()
    outside = labels[((labels < 0) | (labels >= num_classes)) & (labels != VOID)]
    if len(outside):
        numbers = sorted(set(outside.tolist()))[:5]
        yield "label", f"{len(outside)} pixels have the labels {numbers}; there are classes 0 … {num_classes - 1}."

    if (labels == VOID).all():
        yield "empty", "every pixel is void; it teaches nothing and scores nothing."
    elif len(labels.unique()) == 1:
        yield "empty", f"every pixel is of class {int(labels[0])}; is the mask empty?"


def _by(shape: torch.Size) -> str:
    return " × ".join(map(str, shape))


def _count_labels(label_map: Tensor) -> Tensor:
    """Return how many pixels have each label from 0 to void: int64 (256,). Others are no class's pixels."""
    labels = label_map.long()
    inside = labels[(labels >= 0) & (labels <= VOID)]
    return torch.bincount(inside, minlength=VOID + 1)


def _thumbnail(image: Tensor) -> Tensor:
    gray = image.float().mean(dim=0)[None, None]
    return F.adaptive_avg_pool2d(gray, THUMBNAIL).flatten()
