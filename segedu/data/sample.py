"""The sample that every data set of the course returns: a dict of tensors with one set of keys."""

from typing import Any

import numpy as np
import torch
from torchvision import tv_tensors

Sample = dict[str, Any]


def make_sample(
    *,
    image: np.ndarray,
    label_map: np.ndarray,
    name: str,
    masks: np.ndarray | None = None,
    boxes: np.ndarray | None = None,
    labels: np.ndarray | None = None,
    panoptic: np.ndarray | None = None,
    depth_order: np.ndarray | None = None,
    salient: np.ndarray | None = None,
) -> Sample:
    """Return the sample dict of one image; what is not known is left out.

    Args:
        image: (3, H, W) float32 in [0, 1].
        label_map: (H, W) integers, 255 is void.
        name: what to call the image, for people.
        masks, boxes, labels: K instances as (K, H, W) bool, (K, 4) XYXY in pixel edges, (K,) class
            indices.
        panoptic: (H, W) class · 1000 + instance.
        depth_order: (H, W), larger is nearer.
        salient: (H, W) bool.
    """
    size = image.shape[-2:]
    sample: Sample = {
        "image": tv_tensors.Image(torch.from_numpy(image)),
        "label_map": tv_tensors.Mask(torch.from_numpy(label_map.astype(np.int64))),
    }
    if masks is not None:
        sample["masks"] = tv_tensors.Mask(torch.from_numpy(masks))
    if boxes is not None:
        sample["boxes"] = tv_tensors.BoundingBoxes(
            torch.from_numpy(boxes.astype(np.float32)), format=tv_tensors.BoundingBoxFormat.XYXY, canvas_size=size
        )
    if labels is not None:
        sample["labels"] = torch.from_numpy(labels.astype(np.int64))
    for key, value in (("panoptic", panoptic), ("depth_order", depth_order)):
        if value is not None:
            sample[key] = tv_tensors.Mask(torch.from_numpy(value.astype(np.int64)))
    if salient is not None:
        sample["salient"] = tv_tensors.Mask(torch.from_numpy(salient))
    return sample | {"name": name}


def boxes_of(masks: np.ndarray) -> np.ndarray:
    """Return the (K, 4) boxes x0, y0, x1, y1 in pixel edges: x1 - x0 is the width in pixels."""
    K, H, W = masks.shape
    columns = np.any(masks, axis=1)  # (K, W): those with a pixel of the mask
    rows = np.any(masks, axis=2)  # (K, H)

    left = columns.argmax(axis=1)
    top = rows.argmax(axis=1)
    right = W - columns[:, ::-1].argmax(axis=1)
    bottom = H - rows[:, ::-1].argmax(axis=1)
    boxes = np.stack([left, top, right, bottom], axis=1)
    return boxes.astype(np.float32).reshape(K, 4)
