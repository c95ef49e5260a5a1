"""Synthetic street-and-meadow scenes with every kind of label, deterministic in (seed, index)."""

from collections.abc import Callable
from typing import Any

import numpy as np
from torch.utils.data import Dataset

from segedu.data.images import height_and_width
from segedu.data.palette import class_colors
from segedu.data.sample import Sample, make_sample
from segedu.data.scenes.classes import BOULDER, CLASSES, POLE, PYRAMID, SHEEP, THINGS
from segedu.data.scenes.dials import SceneDials
from segedu.data.scenes.render import render
from segedu.labels import VOID
from segedu.scalars import whole_number
from segedu.seeding import fold


class Scenes(Dataset[Sample]):
    """A world of meadows, roads and houses: `length` scenes of `size` pixels, each a function of (seed, split, index).

    Boulders and pyramids are *look-alikes*: same stone, same light, same area, different outline.
    See `SceneDials` for the dials, which are given as keyword arguments.

    Args:
        length: number of scenes.
        size: height and width in pixels (an int means both), at least 32.
        seed: another seed, other scenes.
        split: another split, other scenes; "train", "val" and "test" never share one.
        transform: called with each sample; returns a sample.
        dials: keyword arguments of `SceneDials`, such as `thin=2`.

    A sample holds image (3, H, W) float32 in [0, 1]; label_map (H, W) int64; masks (K, H, W) bool,
    boxes (K, 4) and labels (K,) of the K things in sight; panoptic (H, W) int64 = class · 1000 +
    instance (instance 0 for stuff, 255000 for void); depth_order (H, W) int64, larger is nearer;
    salient (H, W) bool, the most prominent thing; name.

    Raises:
        ValueError: a dial lies outside its range, or the size is under 32 pixels.
        TypeError: there is no such dial.

    >>> sample = Scenes(4, size=(48, 64))[0]
    >>> tuple(sample["image"].shape), tuple(sample["label_map"].shape)
    ((3, 48, 64), (48, 64))
    """

    name = "scenes"
    classes = CLASSES
    things = THINGS
    num_classes = len(CLASSES)
    ignore_index = VOID
    look_alikes = (BOULDER, PYRAMID)
    rare_class = SHEEP
    thin_class = POLE

    def __init__(
        self,
        length: int = 256,
        size: int | tuple[int, int] = (128, 128),
        seed: int = 0,
        *,
        split: str = "train",
        transform: Callable[[Sample], Sample] | None = None,
        **dials: Any,
    ) -> None:
        self.length = whole_number(length, "length", at_least=0)
        self.seed = whole_number(seed, "seed")
        self.split = split
        self.transform = transform
        self.size = height_and_width(size)
        if min(self.size) < 32:
            raise ValueError(f"size={size} is too small to hold a scene; choose at least 32 pixels a side.")
        unknown = set(dials) - set(SceneDials.__dataclass_fields__)
        if unknown:
            known = ", ".join(SceneDials.__dataclass_fields__)
            raise TypeError(f"Scenes has no dial {', '.join(sorted(unknown))}; its dials are {known}.")
        self.dials = SceneDials(**dials)
        self.colors = class_colors(CLASSES)

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> Sample:
        index = whole_number(index, "index")
        if not -self.length <= index < self.length:
            raise IndexError(f"scene {index} of {self.length}")
        index %= self.length
        rng = np.random.default_rng(fold(self.seed, "scene", self.split, index))
        arrays = render(rng, *self.size, dials=self.dials)
        sample = make_sample(name=f"{self.split}-{self.seed}-{index}", **arrays)
        return self.transform(sample) if self.transform else sample

    def __repr__(self) -> str:
        return f"Scenes({self.length}, size={self.size}, seed={self.seed}, split={self.split!r})"
