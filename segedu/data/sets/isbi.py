"""ISBI 2012: membranes in 30 electron-microscope slices, the data of the U-Net paper."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from segedu.data.label_files import open_mask
from segedu.data.sample import Sample
from segedu.data.sets.files import FileDataset, Pair, lookup_table
from segedu.scalars import whole_number


class ISBI(FileDataset):
    """Slices of 512×512 pixels, classes 0 cell and 1 membrane: slices 0-23 are train, 24-29 val.

    Neighboring slices look alike, so a random split would leak. Slices that are missing are left
    out.

    Args:
        in_channels: 3 repeats the gray image, so that every model of the course fits; 1 keeps one
            channel.

    Source: Cardona et al. 2010; Arganda-Carreras et al. 2015; github.com/zhixuhao/unet.
    """

    name = "isbi"
    title = "ISBI membrane"
    folder = ("isbi_membrane", "data", "membrane", "train")
    markers = ("label",)
    splits = ("train", "val")
    classes = ("cell", "membrane")
    lookup = lookup_table({255: 0, 0: 1})

    def __init__(
        self,
        root: str | Path | None = None,
        split: str = "train",
        size: int | tuple[int, int] | None = None,
        transform: Callable[[Sample], Sample] | None = None,
        cache: bool = False,
        in_channels: int = 3,
    ) -> None:
        in_channels = whole_number(in_channels, "in_channels")
        if in_channels not in (1, 3):
            raise ValueError(f"in_channels={in_channels}, but a gray slice has 1 or is repeated to 3.")
        self.in_channels = in_channels
        super().__init__(root, split, size, transform, cache)

    def list_pairs(self) -> list[Pair]:
        slices = range(24) if self.split == "train" else range(24, 30)
        pairs = []
        for number in slices:
            image = self.base / "image" / f"{number}.png"
            label = self.base / "label" / f"{number}.png"
            if image.exists():
                pairs.append(Pair(f"slice {number}", image, (label,)))
        return pairs

    def open_label(self, path: Path) -> Image.Image:
        return open_mask(path)

    def _read(self, pair: Pair) -> tuple[np.ndarray, np.ndarray]:
        image, raw = super()._read(pair)
        return image[: self.in_channels], raw
