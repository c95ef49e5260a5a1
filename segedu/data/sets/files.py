"""Data sets that lie in files: find the folder, read an image and its labels, resize both, keep them in memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from PIL import Image
from torch.utils.data import Dataset

from segedu._shipped import downloads, expanded
from segedu.data.images import height_and_width, open_image, pixels_of
from segedu.data.label_files import open_label_map
from segedu.data.palette import class_colors
from segedu.data.sample import Sample, make_sample
from segedu.data.sets.splits import check_split
from segedu.labels import VOID
from segedu.scalars import whole_number

BAD = 254  # what a lookup table says of a value that the data set's labels must not hold


@dataclass(frozen=True)
class Pair:
    """One image with its label files: one label map, or one mask an instance."""

    name: str
    image: Path
    labels: tuple[Path, ...]


class FileDataset(Dataset[Sample]):
    """Base of the data sets that lie in files; each one says where its files are and what its label values mean.

    Args:
        root: the folder that holds the data set; the one above or below it is found too. None: the
            course's downloads.
        split: one of `splits`.
        size: height and width that images (bilinear, antialiased) and labels (nearest) are resized
            to; an int means both; None keeps the files' own.
        transform: called with each sample; returns a sample.
        cache: keep what was decoded in memory (H·W·4 bytes an image of 8 bits), so that each file
            is read once.

    Images and label files are turned upright by their EXIF orientation, as viewers turn them. What
    begins with a dot, as macOS leaves beside files, is not read.

    Raises:
        FileNotFoundError: the folder or a file is not there; says which, and how to get it.
        ValueError: there is no such split, an image or a list can't be read, image and labels differ
            in size, or a label is one that the data set doesn't have; each names the file.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    folder: ClassVar[tuple[str, ...]]  # from the outermost to the one that holds the marker
    markers: ClassVar[tuple[str, ...]]  # files or folders by which the data set is recognized; one is enough
    splits: ClassVar[tuple[str, ...]]
    classes: tuple[str, ...]
    lookup: np.ndarray  # (256,) uint8: value in the file -> class, VOID or BAD
    ignore_index = VOID

    def __init__(
        self,
        root: str | Path | None = None,
        split: str = "train",
        size: int | tuple[int, int] | None = None,
        transform: Callable[[Sample], Sample] | None = None,
        cache: bool = False,
    ) -> None:
        check_split(self.title, split, self.splits)
        self.base = self.find(root)
        self.split = split
        self.transform = transform
        self.size = None if size is None else height_and_width(size)
        self.pairs = self.list_pairs()
        if not self.pairs:
            raise FileNotFoundError(f"{self.title} has no image of split {split!r} in {self.base}; {self.cure()}")
        self.colors = class_colors(self.classes)
        self._decoded: dict[int, tuple[np.ndarray, np.ndarray]] | None = {} if cache else None

    @classmethod
    def find(cls, root: str | Path | None) -> Path:
        """Return the folder that holds a marker: `root` itself, or some of `folder` below it."""
        start = downloads() / cls.name if root is None else expanded(root)
        for depth in range(len(cls.folder) + 1):
            candidate = start.joinpath(*cls.folder[depth:])
            if any((candidate / marker).exists() for marker in cls.markers):
                return candidate
        marker = start.joinpath(*cls.folder, cls.markers[0])
        raise FileNotFoundError(f"{cls.title} is not in {start}: there is no {marker}; {cls.cure()}")

    @classmethod
    def cure(cls) -> str:
        """Return how to get the data set, as the end of a sentence."""
        return f"put it there, or run `segedu data fetch {cls.name}` and leave root away."

    def list_pairs(self) -> list[Pair]:
        """Return the pairs of `self.split`, in a fixed order."""
        raise NotImplementedError

    def label_arrays(self, index: int, raw: np.ndarray) -> dict[str, np.ndarray]:
        """Return the labels of the sample schema; `raw` is (H, W), or (K, H, W) with one mask an instance."""
        return {"label_map": self.to_classes(raw, self.pairs[index].labels[0])}

    @property
    def num_classes(self) -> int:
        """Number of classes, void not counted."""
        return len(self.classes)

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: int) -> Sample:
        index = whole_number(index, "index")
        if not -len(self) <= index < len(self):
            raise IndexError(f"image {index} of {len(self)}")
        index %= len(self)
        image, raw = self._read_cached(index)
        white = np.iinfo(image.dtype).max
        picture = torch.from_numpy(image).to(torch.float32).mul_(1 / white).numpy()
        labels = self.label_arrays(index, raw)
        sample = make_sample(image=picture, name=self.pairs[index].name, **labels)
        return self.transform(sample) if self.transform else sample

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} images, split={self.split!r}, size={self.size})"

    def to_classes(self, raw: np.ndarray, path: Path) -> np.ndarray:
        """Return the label map for the values in a file."""
        known = (raw >= 0) & (raw < len(self.lookup))
        label_map = self.lookup[np.where(known, raw, 0)]
        if known.all() and not (label_map == BAD).any():
            return label_map
        allowed = np.flatnonzero(self.lookup != BAD).tolist()
        bad = sorted(set(np.unique(raw).tolist()) - set(allowed))
        question = "is it the label file?"
        if all(value > 255 and (value % 256 == 0 or value % 257 == 0) for value in bad):
            question = "were its values spread over 16 bits? Divide them by 256."
        raise ValueError(f"{path} holds the label values {bad[:5]}, {self.title} only {allowed[:20]}; {question}")

    def open_label(self, path: Path) -> Image.Image:
        """Return a label file, one value a pixel; a data set of masks reads them as black and white."""
        return open_label_map(path)

    def _read_cached(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        if self._decoded is None:
            return self._read(self.pairs[index])
        if index not in self._decoded:
            self._decoded[index] = self._read(self.pairs[index])
        return self._decoded[index]

    def _read(self, pair: Pair) -> tuple[np.ndarray, np.ndarray]:
        """Return image (3, H, W) uint8 or uint16 and label values (H, W), or a mask an instance (K, H, W), resized."""
        image = open_image(pair.image, None)
        labels = [self.open_label(path) for path in pair.labels]
        for path, label in zip(pair.labels, labels, strict=True):
            if label.size != image.size:
                raise ValueError(f"{pair.image} is {_by(image)} but {path} is {_by(label)} pixels; they must agree.")

        planes = pixels_of(image, self.size)
        if self.size:
            labels = [label.resize(self.size[::-1], Image.Resampling.NEAREST) for label in labels]
        arrays = [np.asarray(label) for label in labels]
        if self.one_map:
            return planes, arrays[0]
        return planes, np.stack(arrays)

    one_map: ClassVar[bool] = True  # False: one file an instance


def _by(image: Image.Image) -> str:
    """Return a size in words, and that the file's EXIF orientation made it so, if it did."""
    size = f"{image.height}×{image.width}"
    turned = image.info.get("turned")
    return f"{size} (turned upright by its EXIF orientation {turned})" if turned else size


def lookup_table(meaning: dict[int, int]) -> np.ndarray:
    """Return a (256,) uint8 table from the values in a label file to classes; values not named are `BAD`."""
    table = np.full(256, BAD, np.uint8)
    table[list(meaning)] = list(meaning.values())
    return table


def every_fifth(items: Sequence, *, left_out: bool) -> list:
    """Return every fifth item, or all but these: a validation split that needs no random numbers."""
    return [item for number, item in enumerate(items) if (number % 5 == 4) is left_out]
