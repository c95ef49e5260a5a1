"""One call for every data set of the course: `load_dataset("camvid", "train", root=...)`."""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segedu.data.sets.splits import check_split

if TYPE_CHECKING:
    from segedu.data.sample import Sample
    from segedu.data.scenes import Scenes
    from segedu.data.sets.files import FileDataset

# Name, of the module too, and class. A module is imported when its data set is asked for: nobody uses what isn't read.
REAL = {"camvid": "CamVid", "pets": "Pets", "isbi": "ISBI", "dsb2018": "DSB2018"}
SCENE_LENGTHS = {"train": 512, "val": 128, "test": 128}


def dataset_names() -> tuple[str, ...]:
    """Return the names that `load_dataset` knows.

    >>> dataset_names()
    ('scenes', 'camvid', 'pets', 'isbi', 'dsb2018')
    """
    return ("scenes", *REAL)


def dataset_class(name: str) -> "type[FileDataset]":
    """Return the class of a real data set.

    Raises:
        ValueError: there is no real data set of that name.

    >>> dataset_class("pets").title
    'Oxford-IIIT Pet'
    """
    if name not in REAL:
        raise ValueError(f"There is no data set {name!r} in files; choose one of {', '.join(REAL)}.")
    return getattr(import_module(f"segedu.data.sets.{name}"), REAL[name])


def load_dataset(
    name: str,
    split: str = "train",
    root: str | Path | None = None,
    download: bool = False,
    size: int | tuple[int, int] | None = None,
    transform: "Callable[[Sample], Sample] | None" = None,
    *,
    cache: bool = False,
    fallback: bool = False,
    **options: Any,
) -> "Scenes | FileDataset":
    """Return a data set; every one has `len`, `[i]` → sample dict, `classes`, `colors`, `num_classes`, `ignore_index`.

    A sample holds at least image (3, H, W) float32 in [0, 1], label_map (H, W) int64 with void 255,
    and name; see `Scenes` for the other keys.

    Args:
        name: one of `dataset_names()`.
        split: "train" or "val"; most have "test" too.
        root: the folder that holds a real data set, such as data/camvid; None: where downloads go.
        download: fetch the data set first if it is not there.
        size: (height, width) to resize to, images bilinearly with antialiasing, label maps to the
            nearest pixel; for scenes, their size (default 128×128).
        transform: joint transform of a sample, such as `Augment()`.
        cache: keep decoded images in memory, so that training doesn't wait for files. Scenes are
            made anew each time.
        fallback: print why a data set can't be read and go on with scenes, instead of raising.
        options: arguments of one data set: `border` (pets), `in_channels` (isbi), `length`, `seed`
            and dials (scenes).

    Raises:
        ValueError: there is no data set, split or option of that name, or a file is damaged; it
            says which.
        FileNotFoundError: the data set is not there; it says what to put where, or how to fetch it.

    >>> len(load_dataset("scenes", "val", size=64)), load_dataset("scenes").num_classes
    (128, 10)
    """
    if name not in dataset_names():
        raise ValueError(f"There is no data set {name!r}; choose one of {', '.join(dataset_names())}.")
    if name == "scenes":
        return _scenes(split, size, transform, **options)
    try:
        if download:
            from segedu.data.sets.fetch.download import fetch

            root = fetch(dataset_class(name), root)
        return dataset_class(name)(root, split, size, transform, cache, **options)
    except OSError as error:
        if not fallback:
            raise
        print(f"{error} Going on with synthetic scenes.", file=sys.stderr)
        return _scenes(split if split in SCENE_LENGTHS else "train", size, transform)


def _scenes(
    split: str,
    size: int | tuple[int, int] | None,
    transform: "Callable[[Sample], Sample] | None",
    **options: Any,
) -> "Scenes":
    from segedu.data.scenes import Scenes

    check_split("The world of scenes", split, tuple(SCENE_LENGTHS))
    length = options.pop("length", SCENE_LENGTHS[split])
    size = (128, 128) if size is None else size
    return Scenes(length, size, options.pop("seed", 0), split=split, transform=transform, **options)
