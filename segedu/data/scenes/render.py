"""From a random generator to one finished scene: plan, paint from far to near, read the labels off the canvas."""

from collections.abc import Callable

import numpy as np

from segedu.data.sample import boxes_of
from segedu.data.scenes.canvas import Canvas, rgb
from segedu.data.scenes.classes import PAIR
from segedu.data.scenes.dials import SceneDials
from segedu.data.scenes.layout import Planner, plan_world
from segedu.data.scenes.paint.backdrop import paint_backdrop
from segedu.data.scenes.paint.country import paint_shadow, paint_sheep, paint_tree
from segedu.data.scenes.paint.houses import paint_house
from segedu.data.scenes.paint.stones import paint_stone
from segedu.data.scenes.paint.traffic import paint_car, paint_pole
from segedu.data.scenes.world import Item, World
from segedu.labels import VOID


def render(
    rng: np.random.Generator,
    height: int,
    width: int,
    dials: SceneDials,
) -> dict[str, np.ndarray]:
    """Return the arrays of one scene by the names of the sample schema."""
    world = plan_world(rng, height, width, dials)
    items = Planner(rng, world, dials).plan()
    canvas = Canvas(height, width)
    paint_backdrop(canvas, world)
    paint_items(canvas, world, items, dials)
    return {"image": develop(canvas.image, world, rng, dials)} | read_labels(canvas, dials)


PAINTERS: dict[str, Callable[[Canvas, World, Item], None]] = {
    "car": paint_car,
    "sheep": paint_sheep,
    "tree": paint_tree,
    "building": paint_house,
}


def paint_items(canvas: Canvas, world: World, items: list[Item], dials: SceneDials) -> None:
    """Paint the items, each as a layer of its own, from far to near."""
    farther_pole = None
    for item in items:
        canvas.layer += 1
        if item.kind == "pole":
            paint_pole(canvas, world, item, farther_pole, dials)
            farther_pole = item
            continue
        paint_shadow(canvas, world, item)
        if item.kind in PAIR:
            paint_stone(canvas, world, item, dials)
        else:
            PAINTERS[item.kind](canvas, world, item)


def develop(
    image: np.ndarray,
    world: World,
    rng: np.random.Generator,
    dials: SceneDials,
) -> np.ndarray:
    """Expose the picture: brightness and color of the light, then the sensor's noise."""
    tint = rgb(1 + 0.10 * world.warmth, 1.0, 1 - 0.12 * world.warmth) * world.exposure
    image *= tint * (1 - 0.18 * world.dusk)
    if dials.noise:
        image += rng.standard_normal(image.shape, np.float32) * np.float32(dials.noise)
    return np.clip(image, 0, 1, out=image)


def read_labels(canvas: Canvas, dials: SceneDials) -> dict[str, np.ndarray]:
    """Return label map, instances, panoptic ids, depth order and salient mask of a painted canvas."""
    # The things in sight: those of which a pixel is left.
    pixels = np.bincount(canvas.instances.ravel(), minlength=1)
    visible = np.flatnonzero(pixels[1:]) + 1  # (K,)
    masks = canvas.instances == visible[:, None, None]
    labels = [canvas.label_map.ravel()[mask.argmax()] for mask in masks]
    boxes = boxes_of(masks)

    label_map = _with_void(canvas, masks, dials)
    return {
        "label_map": label_map,
        "masks": masks,
        "boxes": boxes,
        "labels": np.array(labels, np.int64),
        "panoptic": _panoptic(label_map, canvas.instances, visible),
        "depth_order": canvas.order,
        "salient": _salient(masks, boxes),
    }


def _panoptic(label_map: np.ndarray, instances: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """Return class · 1000 + number, int64 (H, W), the things in sight being numbered 1 to K."""
    numbers = np.zeros(int(instances.max(initial=0)) + 1, np.int64)
    numbers[visible] = np.arange(1, len(visible) + 1)
    ids = label_map.astype(np.int64) * 1000 + numbers[instances]
    return np.where(label_map == VOID, VOID * 1000, ids)


def _salient(masks: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Return the mask of the thing that stands out: large, and near the middle of the image."""
    K, H, W = masks.shape
    if K == 0:
        return np.zeros((H, W), bool)
    # How far the boxes' centers lie from the image's, in widths and heights.
    left, top, right, bottom = boxes.T
    x = (left + right) / (2 * W) - 0.5
    y = (top + bottom) / (2 * H) - 0.5

    areas = masks.sum((1, 2))
    prominence = areas * np.exp(-4 * (x**2 + y**2))
    return masks[np.argmax(prominence)]


def _with_void(canvas: Canvas, masks: np.ndarray, dials: SceneDials) -> np.ndarray:
    """Return the label map with the void bands that the dials ask for."""
    label_map = canvas.label_map.copy()
    if dials.void_border and len(masks):
        from scipy.ndimage import maximum_filter, minimum_filter  # loaded only by those who ask for void

        reach = dials.void_border + 1
        ids = canvas.instances
        label_map[maximum_filter(ids, reach) != minimum_filter(ids, reach)] = VOID
    if dials.void_frame:
        width = dials.void_frame
        frame = np.ones(label_map.shape, bool)
        frame[width:-width, width:-width] = False
        label_map[frame] = VOID
    return label_map
