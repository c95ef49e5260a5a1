"""A small data set laid out as CamVid that a network can learn: what the tests of whole runs train on."""

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="session")
def learnable_camvid(tmp_path_factory):
    """Return a folder laid out as CamVid, with 6 + 3 small frames: road below, sky above, a car, some void."""
    base = tmp_path_factory.mktemp("data") / "CamVid"
    rng = np.random.default_rng(0)
    for split, count in (("train", 6), ("val", 3)):
        (base / split).mkdir(parents=True)
        (base / f"{split}annot").mkdir()
        rows = []
        for number in range(count):
            label_map = np.zeros((40, 60), np.uint8)
            label_map[20:] = 3
            label_map[22:30, 5 * number : 5 * number + 12] = 8
            label_map[:2] = 11
            image = np.array([[200, 220, 255], [90, 90, 90], [150, 20, 20]], np.uint8)[
                np.searchsorted([0, 3, 8], label_map) % 3
            ]
            image = (image * rng.uniform(0.8, 1.0, (40, 60, 1))).astype(np.uint8)
            Image.fromarray(image).save(base / split / f"{number}.png")
            Image.fromarray(label_map).save(base / f"{split}annot" / f"{number}.png")
            rows.append(f"/SegNet/CamVid/{split}/{number}.png /SegNet/CamVid/{split}annot/{number}.png")
        (base / f"{split}.txt").write_text("\n".join(rows))
    return base
