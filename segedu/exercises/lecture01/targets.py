"""Cases and judges of lecture 01's targets: one-hot channels and back, and the panoptic id map."""

from typing import Any

import torch
from torch import Tensor

from segedu.data.forms.panoptic import PER_CLASS
from segedu.exercises.engine.compare import Verdict, compare, short
from segedu.labels import VOID

Arguments = dict[str, Any]


# ---- 01.to_one_hot and 01.to_labels: height, width, number of classes, share of void ----

MAPS = ((1, 3, 2, 0.0), (2, 3, 3, 0.0), (2, 4, 3, 0.3), (3, 5, 4, 0.0), (4, 6, 5, 0.2), (5, 7, 4, 0.4))

ONE_HOT_MISTAKES = {
    "channels last": "The channels stand last, (H, W, C); torch wants them first: `.movedim(-1, 0)`.",
    "transposed": "Height and width are swapped: row i of the label map is row i of each channel.",
    "void as 0": "Void pixels stand in channel 0: 255 is no class, so a void pixel is 0 in all channels.",
    "void as last": "Void pixels stand in the last channel: 255 is no class, so a void pixel is 0 in all channels.",
    "labels": "Each channel holds its class's number; it should hold 1 where the class is and 0 elsewhere.",
    "inverted": "Ones and zeros are swapped: channel c is 1 where the label *is* c.",
}

LABEL_MISTAKES = {
    "void as 0": "Void has become class 0: `argmax` of a column of zeros is 0. Where all channels are 0, the label is "
    "255.",
    "one too many": "The labels start at 1; the first channel is class 0.",
    "largest value": "That is the largest value of each column, 0 or 1; the label is *where* it stands: `argmax`.",
    "over height": "`argmax` went over the height; the channels are axis 0 of (C, H, W): `dim=0`.",
    "over width": "`argmax` went over the width; the channels are axis 0 of (C, H, W): `dim=0`.",
}


def drawn_map(seed: int) -> tuple[Tensor, int]:
    """Return a label map (H, W) with void and its number of classes; after the visible cases of random size."""
    height, width, classes = (int(torch.randint(low, high, ())) for low, high in ((4, 8), (9, 14), (3, 9)))
    void = 0.3
    if seed < len(MAPS):
        height, width, classes, void = MAPS[seed]
    label_map = torch.randint(classes, (height, width))
    label_map[0, -1] = classes - 1
    return label_map.masked_fill(torch.rand(height, width) < void, VOID), classes


def map_arguments(seed: int) -> Arguments:
    """Return a label map and its number of classes."""
    label_map, classes = drawn_map(seed)
    return {"label_map": label_map, "num_classes": classes}


def judge_one_hot(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name the axis, the void or the values that went wrong."""
    label_map, classes = arguments.values()
    void = (label_map == VOID).float()
    wrong = {
        "channels last": expected.movedim(0, -1),
        "transposed": expected.mT,
        "void as 0": torch.cat([expected[:1] + void, expected[1:]]),
        "void as last": torch.cat([expected[:-1], expected[-1:] + void]),
        "labels": expected * torch.arange(classes)[:, None, None],
        "inverted": 1 - expected,
    }
    mistakes = [(ONE_HOT_MISTAKES[mistake], value) for mistake, value in wrong.items()]
    if isinstance(result, Tensor) and result.shape == expected.shape and not result.is_floating_point():
        return f"The channels have dtype {short(result)}, expected float: end with `.float()`."
    if isinstance(result, Tensor) and result.shape[:1] == (VOID + 1,):
        return f"There are 256 channels, expected {classes}: void, 255, was taken for a class."
    return compare(result, expected, name="the one-hot target", mistakes=mistakes)


def channel_arguments(seed: int) -> Arguments:
    """Return one-hot channels (C, H, W), float32; void is 0 in all of them."""
    label_map, classes = drawn_map(seed)
    return {"channels": torch.stack([label_map == c for c in range(classes)]).float()}


def judge_labels(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name the axis or the void that went wrong."""
    channels = arguments["channels"]
    wrong = {
        "void as 0": channels.argmax(dim=0),
        "one too many": torch.where(expected == VOID, VOID, expected + 1),
        "largest value": channels.amax(dim=0),
        "over height": channels.argmax(dim=1),
        "over width": channels.argmax(dim=2),
    }
    mistakes = [(LABEL_MISTAKES[mistake], value) for mistake, value in wrong.items()]
    return compare(result, expected, name="the label map", mistakes=mistakes)


# ---- 01.panoptic_ids: things stand in the cells of a coarse grid, void and stuff between them ----

PANOPTIC_MISTAKES = {
    "over all": "Things are numbered through all classes; numbers start at 1 in each class anew: the first sheep is "
    "sheep 1, though it is the third thing.",
    "from zero": "Things are numbered from 0; instance 0 is for stuff, the first thing of a class is 1.",
    "one": "All things of a class have the number 1; count them: 1, 2, 3, …",
    "semantic": "That is label · 1000 everywhere; the things still lack their numbers.",
    "stuff": "Pixels outside of the things still hold their label; a panoptic id is class · 1000 + instance.",
    "instance": "The things hold their number alone; a panoptic id is class · 1000 + instance.",
    "void": "Void has kept its label, 255; it becomes 255 · 1000 = 255000, like every other label.",
}


def scene_arguments(seed: int) -> Arguments:
    """Return a label map of stuff (classes 0 to 2), things (3 to 5) and void, with the things' masks and labels."""
    count = (2, 2, 3, 3, 4, 6)[seed] if seed < 6 else int(torch.randint(3, 9, ()))
    rows, columns = (1, 2) if count <= 2 else (2, 4)
    label_map = torch.randint(3, (3 * rows, 4 * columns))
    label_map[torch.rand(label_map.shape) < 0.1] = VOID
    masks = torch.zeros(count, *label_map.shape, dtype=torch.bool)
    labels = [(3, 3, 4, 3, 5, 4, 4, 5)[number] for number in torch.randperm(8)[:count].tolist()]
    if count == 2:
        labels = [4, 3] if seed else [4, 4]
    for number, place in enumerate(torch.randperm(rows * columns)[:count].tolist()):
        top, left = 3 * (place // columns), 4 * (place % columns)
        masks[number, top : top + 2, left : left + int(torch.randint(2, 5, ()))] = True
        label_map[masks[number]] = labels[number]
    return {"label_map": label_map, "masks": masks, "labels": torch.tensor(labels)}


def judge_panoptic(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name the numbering that went wrong."""
    label_map, masks = arguments["label_map"], arguments["masks"]
    things = masks.any(dim=0)
    order = (masks.long() * torch.arange(1, len(masks) + 1)[:, None, None]).sum(dim=0)
    wrong = {
        "over all": label_map * PER_CLASS + order,
        "from zero": expected - things.long(),
        "one": label_map * PER_CLASS + things.long(),
        "semantic": label_map * PER_CLASS,
        "stuff": torch.where(things, expected, label_map),
        "instance": torch.where(things, expected % PER_CLASS, expected),
        "void": torch.where(label_map == VOID, VOID, expected),
    }
    mistakes = [(PANOPTIC_MISTAKES[mistake], value) for mistake, value in wrong.items()]
    return compare(result, expected, name="the panoptic map", mistakes=mistakes)
