"""Oxford-IIIT Pet: cats and dogs with trimaps."""

from collections.abc import Callable
from pathlib import Path

from segedu.data.sample import Sample
from segedu.data.sets.files import FileDataset, Pair, every_fifth, lookup_table
from segedu.data.sets.lists import columns, read_lines
from segedu.labels import VOID


class Pets(FileDataset):
    """Cats and dogs, classes 0 background and 1 pet. The trimap's border is void, or class 2 if asked for.

    Splits: "trainval" and "test" are the data set's own lists; "val" is every fifth image of
    trainval (the list is sorted by breed, so each breed has its share), "train" the other four
    fifths.

    Args:
        border: "void" leaves the border out of loss and metrics (255); "class" makes it class 2.

    Lists, images and trimaps are those of `torchvision.datasets.OxfordIIITPet`, whose reader takes no
    list that an editor changed.

    Source: Parkhi, Vedaldi, Zisserman, Jawahar 2012.
    """

    name = "pets"
    title = "Oxford-IIIT Pet"
    folder = ("oxford_pets", "oxford-iiit-pet")
    markers = ("annotations",)
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
        own = "test" if self.split == "test" else "trainval"
        list_file = self.base / "annotations" / f"{own}.txt"
        for path in (list_file, self.base / "images"):
            if not path.exists():
                raise FileNotFoundError(f"Oxford-IIIT Pet's {path} is not there; {self.cure()}")
        names = [columns(line)[0] for _, line in read_lines(list_file) if not line.startswith("#")]
        pairs = [self._pair(name) for name in names]
        return pairs if self.split == own else every_fifth(pairs, left_out=self.split == "val")

    def _pair(self, name: str) -> Pair:
        label = self.base / "annotations" / "trimaps" / f"{name}.png"
        return Pair(name, self.base / "images" / f"{name}.jpg", (label,))
