"""Look at every image of a data set before anyone trains on it: what is broken, what is rare, what is in two splits.

`audit({"train": train, "val": val})` reads every sample once. What training would stumble over
(unreadable files, sizes that differ, labels out of range) and what it would not notice (images
without labels, the same image in two splits or twice in one) come back as problems, one sentence
each; the class shares come back as counts. `segedu.data.copies` finds the images that show the same.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from segedu.data.copies import ALIKE, Look, Pair, copies_in_two, copies_within, look_of
from segedu.labels import VOID

# Of problems, the worst first. "twice" is an image in two splits, "copy" one that a split holds twice.
KINDS = ("unreadable", "size", "image", "label", "twice", "copy", "empty")


@dataclass(frozen=True)
class Problem:
    """What is wrong with an image; kind: one of `KINDS`."""

    kind: str
    split: str
    index: int
    text: str
    other: tuple[str, int] | None = None  # of "twice" and "copy": split and index of the other image


@dataclass
class SplitAudit:
    """The counts of one split: images read, sizes (height, width), pixels and images per class (C,), void pixels."""

    images: int
    sizes: Counter[tuple[int, int]]
    pixels: Tensor
    images_with: Tensor
    void: int
    names: list[str] = field(repr=False)
    looks: dict[int, Look] = field(repr=False)  # by index, what each image that could be read is compared by

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
        datasets: By split, data sets with `classes` (or torch's Subset or ConcatDataset of such)
            whose samples are dicts: "image" (3, H, W) float in [0, 1], "label_map" (H, W) integer,
            "name".
        alike: The difference of thumbnails, 0 to 1, below which two images of different splits are
            reported.

    Raises:
        TypeError: A data set doesn't name its classes.
        ValueError: There is no data set, or their classes differ.

    >>> from segedu.data.scenes import Scenes
    >>> report = audit({"train": Scenes(3, size=48), "val": Scenes(2, size=48, split="val")})
    >>> report.splits["train"].images, report.problems
    (3, [])
    """
    if not datasets:
        raise ValueError("there is no data set to audit; give at least one, by the name of its split.")
    kinds = {_classes_of(dataset, split) for split, dataset in datasets.items()}
    if len(kinds) > 1:
        raise ValueError(f"the splits have different classes: {sorted(kinds)}; audit data sets of one kind together.")
    classes = kinds.pop()

    problems: list[Problem] = []
    splits = {split: _read(split, dataset, len(classes), problems) for split, dataset in datasets.items()}
    problems += duplicates(splits, alike)
    problems.sort(key=lambda problem: KINDS.index(problem.kind))
    return Audit(classes, splits, problems)


def _classes_of(dataset: Any, split: str) -> tuple[str, ...]:
    """Return a data set's classes; torch's Subset and ConcatDataset have those of what they are made of."""
    inner = dataset
    while not hasattr(inner, "classes"):
        parts = getattr(inner, "datasets", None) or [getattr(inner, "dataset", None)]
        if parts[0] is None:
            raise TypeError(
                f"the data set {split!r} is a {type(dataset).__name__} without `classes`; give it their names."
            )
        inner = parts[0]
    return tuple(inner.classes)


def duplicates(splits: Mapping[str, SplitAudit], alike: float = ALIKE) -> list[Problem]:
    """Return the images that stand in two splits, compared by sight, and those twice in one, compared pixel by pixel.

    Mirrored and turned copies are found, too. Within a split what is only alike isn't reported: the
    frames of a video are.
    """
    problems = []
    names = {split: counts.names for split, counts in splits.items()}
    in_order = list(splits.items())
    for place, (first, one) in enumerate(in_order):
        for second, two in in_order[place + 1 :]:
            for pair in copies_in_two(one.looks, two.looks, alike):
                text = f"{names[first][pair.one]} in {first} {pair.relation} {names[second][pair.two]} in {second}"
                text += f"{_how(pair)}: a score on it measures memory."
                problems.append(Problem("twice", first, pair.one, text, (second, pair.two)))
        for pair in copies_within(one.looks):
            text = f"{names[first][pair.two]} is {names[first][pair.one]} once more{_how(pair)}, both in {first}."
            problems.append(Problem("copy", first, pair.two, text, (first, pair.one)))
    return problems


def _how(pair: Pair) -> str:
    return f", {pair.turn}" if pair.turn else ""


def _read(split: str, dataset: Any, num_classes: int, problems: list[Problem]) -> SplitAudit:
    """Return the counts of a split; what is wrong with its images is added to `problems`."""
    counts = torch.zeros(len(dataset), VOID + 1, dtype=torch.int64)  # pixels of each image and label
    sizes: Counter[tuple[int, int]] = Counter()
    names = [f"image {index}" for index in range(len(dataset))]
    looks: dict[int, Look] = {}
    for index in range(len(dataset)):
        try:
            sample = dataset[index]
            image = torch.as_tensor(sample["image"]).as_subclass(Tensor)
            label_map = torch.as_tensor(sample["label_map"]).as_subclass(Tensor)
            names[index] = str(sample.get("name", names[index]))
            faults = list(_faults(image, label_map, num_classes))
            if image.numel():
                looks[index] = look_of(image)
            counts[index] = _count_labels(label_map)
            sizes[(image.shape[-2], image.shape[-1])] += 1
        except Exception as error:  # a reader may raise anything; here it is a finding, not the end of the audit
            faults = [("unreadable", str(error) or type(error).__name__)]
            if names[index] != f"image {index}":
                faults = [("unreadable", f"{names[index]}: {faults[0][1]}")]
            problems += [Problem(kind, split, index, text) for kind, text in faults]
            continue
        problems += [Problem(kind, split, index, f"{names[index]}: {text}") for kind, text in faults]

    of_classes = counts[:, :num_classes]
    return SplitAudit(
        images=sizes.total(),
        sizes=sizes,
        pixels=of_classes.sum(dim=0),
        images_with=(of_classes > 0).sum(dim=0),
        void=int(counts[:, VOID].sum()),
        names=names,
        looks=looks,
    )


def _faults(image: Tensor, label_map: Tensor, num_classes: int) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with an image and its label map: the kind of the problem, and a text without the name."""
    if label_map.is_floating_point():
        yield "label", f"the labels are {label_map.dtype}, no integers."
    if image.shape[-2:] != label_map.shape:
        yield "size", f"the image has {_by(image.shape[-2:])} pixels, its label map {_by(label_map.shape)}."
    for what, content in (("image", image), ("label map", label_map)):
        if not content.numel():
            yield "size", f"the {what} has the shape {_by(content.shape)}, not a single pixel."
            return

    low = image.min()
    high = image.max()
    if not image.is_floating_point() or not 0 <= low <= high <= 1:  # NaN fails too
        values = f"{image.dtype} from {float(low):g} to {float(high):g}"
        yield "image", f"the image is {values}; expected float, 0 to 1."
    elif low == high and image[..., 0, 0].numel() < image.numel():
        yield "image", f"every value of the image is {float(low):g}; it shows nothing."

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
