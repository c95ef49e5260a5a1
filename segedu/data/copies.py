"""Which images show the same: by sight, from small gray thumbnails, or pixel by pixel, from hashes; mirrored, too."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

THUMBNAIL = 16  # pixels a side, gray: what two images are compared by
ALIKE = 0.02  # root mean square difference of two thumbnails, of a range of 1, below which they show the same

# The axes along which a copy may be flipped, and how one says that.
TURNS: dict[str, tuple[int, ...]] = {"": (), "mirrored": (-1,), "upside down": (-2,), "turned by 180°": (-2, -1)}


@dataclass(frozen=True)
class Look:
    """What an image is compared by: a thumbnail (16, 16), float64, and hashes of its pixels.

    hashes: of the image under each of `TURNS`. blank: whether all its values are equal.
    """

    thumbnail: Tensor
    hashes: tuple[str, ...]
    blank: bool

    @property
    def contrast(self) -> float:
        """Return the standard deviation of the thumbnail: what is below `ALIKE` is flat."""
        return float(self.thumbnail.std(correction=0))


@dataclass(frozen=True)
class Pair:
    """Two images that show the same, by their indices; turn: one of TURNS, how the second lies."""

    one: int
    two: int
    exact: bool
    turn: str

    @property
    def relation(self) -> str:
        """Return what the first is of the second."""
        return "is" if self.exact else "shows nearly what is in"


def look_of(image: Tensor) -> Look:
    """Return what an image (C, H, W), not empty, is compared by.

    >>> look_of(torch.rand(3, 5, 7)).thumbnail.shape
    torch.Size([16, 16])
    """
    gray = image.float().mean(dim=0)[None, None]
    thumbnail = F.adaptive_avg_pool2d(gray, THUMBNAIL)[0, 0].double()
    hashes = tuple(_hash(image.flip(axes)) for axes in TURNS.values())
    return Look(thumbnail, hashes, blank=bool(image.min() == image.max()))


def copies_in_two(one: Mapping[int, Look], two: Mapping[int, Look], alike: float = ALIKE) -> list[Pair]:
    """Return the pairs of images, one of each group, whose thumbnails differ by less than `alike`.

    Flat images look like each other: of them, only those with equal pixels are a pair, and images
    of a single value never are.
    """
    if not (one and two):
        return []
    firsts, seconds = list(one), list(two)
    rows = _rows([one[index].thumbnail for index in firsts])
    pairs: dict[tuple[int, int], Pair] = {}
    for turn, axes in TURNS.items():
        columns = _rows([two[index].thumbnail.flip(axes) for index in seconds])
        distance = torch.cdist(rows, columns) / THUMBNAIL  # root of the mean square
        for i, j in (distance < alike).nonzero().tolist():
            first, second = firsts[i], seconds[j]
            if min(one[first].contrast, two[second].contrast) < ALIKE and not _equal(one[first], two[second], turn):
                continue
            pair = Pair(first, second, bool(distance[i, j] < 1e-6), turn)
            pairs.setdefault((first, second), pair)
    return sorted(pairs.values(), key=lambda pair: (pair.one, pair.two))


def copies_within(looks: Mapping[int, Look]) -> list[Pair]:
    """Return the images of a group whose pixels are those of an earlier one, each with the first of them."""
    first: dict[str, int] = {}  # by the smallest hash, which all flips of an image share
    pairs = []
    for index, look in looks.items():
        earlier = first.setdefault(min(look.hashes), index)
        if earlier != index and not look.blank:
            turn = next(turn for turn in TURNS if _equal(looks[earlier], look, turn))
            pairs.append(Pair(earlier, index, True, turn))
    return pairs


def _equal(one: Look, two: Look, turn: str) -> bool:
    """Whether the pixels of the first are those of the second, flipped; images of a single value are no copies."""
    return not one.blank and one.hashes[0] == two.hashes[list(TURNS).index(turn)]


def _rows(thumbnails: list[Tensor]) -> Tensor:
    return torch.stack(thumbnails).flatten(1)


def _hash(image: Tensor) -> str:
    pixels = image.contiguous().numpy()
    return hashlib.blake2b(pixels.tobytes(), digest_size=16).hexdigest() + str(tuple(image.shape))
