"""Draw the pictures of the README: `python docs/pictures.py`."""

from pathlib import Path

import numpy as np
from PIL import Image

import segedu as se

FOLDER = Path(__file__).parent / "images"
SHOWN = (0, 9)  # scenes with boulders, pyramids, cars, and sheep between them
GAP = 4


def picture_of_scenes(scenes: se.Scenes) -> Image.Image:
    """Return rows of image | label map | instances, each scene at twice its size."""
    rows = []
    for index in SHOWN:
        sample = scenes[index]
        image = sample["image"].permute(1, 2, 0).numpy()
        label_map = se.label_to_rgb(sample["label_map"], scenes.colors).permute(1, 2, 0).numpy()
        instances = image * 0.35
        for number, mask in enumerate(sample["masks"]):
            instances[mask.numpy().astype(bool)] = np.array([*bytes.fromhex(se.viz.TAP_COLORS[number % 9][1:])]) / 255
        rows.append(np.concatenate([frame(panel) for panel in (image, label_map, instances)], axis=1))
    sheet = np.concatenate(rows, axis=0)
    return Image.fromarray((sheet * 255).round().astype(np.uint8))


def frame(panel: np.ndarray) -> np.ndarray:
    """Double a panel (H, W, 3) in [0, 1] and lay a white margin around it."""
    doubled = panel.repeat(2, axis=0).repeat(2, axis=1)
    return np.pad(doubled, ((GAP, GAP), (GAP, GAP), (0, 0)), constant_values=1.0)


def main() -> None:
    """Write both pictures."""
    FOLDER.mkdir(exist_ok=True)
    picture_of_scenes(se.Scenes(16, size=(128, 176))).save(FOLDER / "scene.png", optimize=True)
    (FOLDER / "transposed_explorer.png").write_bytes(se.explorers.TransposedConvolutionExplorer().picture())


if __name__ == "__main__":
    main()
