"""Oxford-IIIT Pet: cats and dogs with trimaps, through torchvision's own class."""

from collections.abc import Callable
from pathlib import Path

from segedu.data.sample import Sample
from segedu.data.sets.files import FileDataset, Pair, every_fifth, lookup_table
from segedu.labels import VOID


class Pets(FileDataset):
    """Cats and dogs, classes 0 background and 1 pet. The trimap's border is void, or class 2 if asked for.

    Splits: "trainval" and "test" are the data set's own lists; "val" is every fifth image of
    trainval (the list is sorted by breed, so each breed has its share), "train" the other four
    fifths.

    Args:
        border: "void" leaves the border out of loss and metrics (255); "class" makes it class 2.

    Source: Parkhi, Vedaldi, Zisserman, Jawahar 2012; read by `torchvision.datasets.OxfordIIITPet`.
    """

    name = "pets"
    title = "Oxford-IIIT Pet"
    folder = ("oxford_pets", "oxford-iiit-pet")
    marker = "annotations"
    splits = ("train", "val", "trainval", "test")

    def __init__(
        self,
        root: str | Path | None = None,
        split: str = "train",
        size: int | tuple[int, int] | None = None,
        transform: Callable[[Sample], Sample] | None = None,
        cache: bool = False,
        border: str = "void",
    ) -> None:
        if border not in ("void", "class"):
            raise ValueError(f"border={border!r}, but a trimap's border is 'void' or 'class'.")
        self.classes = ("background", "pet") if border == "void" else ("background", "pet", "border")
        self.lookup = lookup_table({1: 1, 2: 0, 3: VOID if border == "void" else 2})
        super().__init__(root, split, size, transform, cache)

    def list_pairs(self) -> list[Pair]:
        from torchvision.datasets import OxfordIIITPet

        own = "test" if self.split == "test" else "trainval"
        if not (list_file := self.base / "annotations" / f"{own}.txt").exists():
            raise FileNotFoundError(f"Oxford-IIIT Pet's list {list_file} is not there; {self.cure()}")
        if not (self.base / "images").is_dir():
            raise FileNotFoundError(f"Oxford-IIIT Pet's folder {self.base / 'images'} is not there; {self.cure()}")
        if self.base.name != "oxford-iiit-pet":
            raise FileNotFoundError(f"torchvision looks for a folder oxford-iiit-pet; rename {self.base} to that.")
        listing = OxfordIIITPet(self.base.parent, split=own, target_types="segmentation", download=False)
        pairs = [Pair(image.stem, image, (label,)) for image, label in zip(listing._images, listing._segs, strict=True)]
        return pairs if self.split == own else every_fifth(pairs, left_out=self.split == "val")
