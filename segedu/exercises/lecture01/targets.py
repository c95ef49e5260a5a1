"""Cases and judges of lecture 01's targets: one-hot channels and back, and the panoptic id map."""

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor

from segedu.data.forms.panoptic import PER_CLASS
from segedu.exercises.engine.compare import Verdict, compare, judged, short
from segedu.labels import VOID

Arguments = dict[str, Any]


# ---- 01.to_one_hot and 01.to_labels ----

# height, width, number of classes, how many of them occur, share of void
MAPS = (
    (2, 3, 2, 2, 0.0),
    (2, 3, 3, 3, 0.0),
    (2, 4, 4, 2, 0.3),
    (3, 5, 4, 4, 0.0),
    (1, 1, 3, 2, 0.0),
    (4, 6, 5, 5, 0.2),
    (2, 3, 3, 1, 1.0),
    (5, 7, 6, 3, 0.4),
    (4, 3, 12, 12, 0.2),  # more classes than fingers, and higher than wide
    (2, 3, 1, 1, 0.4),
    (5, 4, 150, 150, 0.0),
)

ONE_HOT_MISTAKES = {
    "256 channels": "There are 256 channels: void, 255, was taken for a class; there is one channel per class.",
    "guessed": "The number of channels is guessed from the labels: an image needn't show every class, so it takes "
    "`num_classes` channels.",
    "channels last": "The channels stand last, (H, W, C); torch wants them first: `.movedim(-1, 0)`.",
    "reshaped": "`view` and `reshape` don't move an axis, they cut the numbers anew: move the channels to the front "
    "with `.movedim(-1, 0)`.",
    "transposed": "Height and width are swapped: row i of the label map is row i of each channel.",
    "void as 0": "Void pixels stand in channel 0: 255 is no class, so a void pixel is 0 in all channels.",
    "void as last": "Void pixels stand in the last channel: 255 is no class, so a void pixel is 0 in all channels.",
    "void in all": "Void pixels are 1 in every channel, or share a 1; a void pixel is 0 in all channels.",
    "labels": "Each channel holds its class's number; it should hold 1 where the class is and 0 elsewhere.",
    "inverted": "Ones and zeros are swapped: channel c is 1 where the label *is* c.",
    "from one": "Channel 0 holds class 1, and so on; the first class is 0, and so is the first channel.",
    "few": "The last channels are empty: there may be more classes than you thought of; `num_classes` says how many.",
}
FEW = (*range(2, 11), 20, 21)  # classes that somebody may have thought of

LABEL_MISTAKES = {
    "void as 0": "Void has become class 0. Where all channels are 0, the label is 255: `argmax` of zeros alone is 0, "
    "and so is a sum of them.",
    "void as another": "Void has another number: where all channels are 0, the label is 255.",
    "first channel": "Void is taken from the first channel alone; a pixel is void where *all* channels are 0.",
    "class 0": "Class 0 has become void: a pixel is void where all channels are 0, also the first.",
    "one too many": "The labels start at 1; the first channel is class 0.",
    "largest value": "That is the largest value of each column, 0 or 1; the label is *where* it stands: `argmax`.",
    "few": "Pixels of the last channels have become void: there are `len(channels)` of them, be it 3 or 150.",
    "over height": "`argmax` went over the height; the channels are axis 0 of (C, H, W): `dim=0`.",
    "over width": "`argmax` went over the width; the channels are axis 0 of (C, H, W): `dim=0`.",
}


def drawn_map(seed: int) -> tuple[Tensor, int]:
    """Return a label map (H, W) and its number of classes; it needn't show the last ones, and may be all void."""
    height, width, classes = (int(torch.randint(low, high, ())) for low, high in ((4, 8), (9, 14), (3, 9)))
    if seed % 3 == 1:
        classes += 10
    present = classes - seed % 3
    void = 1.0 if seed % 7 == 0 else 0.3
    if seed < len(MAPS):
        height, width, classes, present, void = MAPS[seed]
    label_map = torch.randint(present, (height, width))
    is_void = torch.rand(height, width) < void
    if void < 1:  # the last class that occurs is seen
        label_map[0, -1] = present - 1
        is_void[0, -1] = False
    if seed == 0:
        label_map = torch.tensor([[0, 1, 1], [1, 0, 0]])
    return label_map.masked_fill(is_void, VOID), classes


def map_arguments(seed: int) -> Arguments:
    """Return a label map and its number of classes."""
    label_map, classes = drawn_map(seed)
    return {"label_map": label_map, "num_classes": classes}


def judge_one_hot(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name the axis, the void or the values that went wrong."""
    mistakes = [(ONE_HOT_MISTAKES[mistake], value) for mistake, value in wrong_one_hots(arguments, expected)]
    if isinstance(result, Tensor) and result.ndim == 3 and not result.is_floating_point():
        # A dtype is a mistake beside the others: they are looked for as if it were right.
        dtype = f"The channels have dtype {short(result)}, expected float: end with `.float()`."
        judgement = compare(result.float(), expected, name="the one-hot target", mistakes=mistakes)
        return judged(dtype) if judgement.right else judgement
    return compare(result, expected, name="the one-hot target", mistakes=mistakes)


def wrong_one_hots(arguments: Arguments, expected: Tensor) -> Iterator[tuple[str, Tensor]]:
    """Yield each mistake with the channels that it gives."""
    label_map, classes = arguments.values()
    void = (label_map == VOID).float()
    yield "256 channels", channels_of(label_map, range(VOID + 1))
    yield "guessed", channels_of(label_map, label_map.unique().tolist())
    yield "guessed", channels_of(label_map, label_map[label_map != VOID].unique().tolist())
    yield "guessed", channels_of(label_map, range(int(label_map.where(label_map != VOID, -1).max()) + 1))
    yield "channels last", expected.movedim(0, -1)
    yield "reshaped", expected.movedim(0, -1).reshape(expected.shape)
    yield "transposed", expected.mT
    yield "void as 0", torch.cat([expected[:1] + void, expected[1:]])
    yield "void as last", torch.cat([expected[:-1], expected[-1:] + void])
    yield "void in all", expected + void
    yield "void in all", expected + void / classes
    yield "labels", expected * torch.arange(classes)[:, None, None]
    yield "inverted", 1 - expected
    yield "from one", channels_of(label_map, range(1, classes + 1))
    for number in FEW:
        yield "few", expected * (torch.arange(classes) < number)[:, None, None]


def channels_of(label_map: Tensor, labels: Iterable[int]) -> Tensor:
    """Return a channel (H, W) for each of these labels, 1 where the label map (H, W) has it."""
    wanted = torch.tensor([*labels], dtype=torch.long)
    return (label_map == wanted[:, None, None]).float()


def channel_arguments(seed: int) -> Arguments:
    """Return one-hot channels (C, H, W), float32; void is 0 in all of them."""
    label_map, classes = drawn_map(seed)
    return {"channels": channels_of(label_map, range(classes))}


def judge_labels(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name the axis or the void that went wrong."""
    channels = arguments["channels"]
    largest = channels.argmax(dim=0)
    void = expected == VOID
    wrong = (
        ("void as 0", largest),
        *(("void as another", expected.where(~void, number)) for number in (-1, len(channels), -100)),
        ("first channel", largest.where(channels[0] != 0, VOID)),
        ("class 0", largest.where(largest != 0, VOID)),
        ("one too many", expected.where(void, expected + 1)),
        ("largest value", channels.amax(dim=0)),
        *(("few", expected.where(expected < number, VOID)) for number in FEW),
        ("over height", channels.argmax(dim=1)),
        ("over width", channels.argmax(dim=2)),
    )
    mistakes = [(LABEL_MISTAKES[mistake], value) for mistake, value in wrong]
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
    "void as 0": "Void has become 0, which is class 0; it becomes 255 · 1000 = 255000, like every other label.",
    "backwards": "Things are numbered from the last to the first; number them in the order of `masks`.",
    "total": "The things of a class all have its number of things; count on from one to the next: 1, 2, 3, …",
    "stuff as 0": "What no mask covers has become 0; there an id is label · 1000.",
    "added twice": "The class counts twice in the things: replace what stands there, label · 1000, by the id.",
    "from the map": "The class of a thing was read from the label map; under its mask stuff or void may stand, and its "
    "class is the one in `labels`.",
    "map wins": "Where a mask covers stuff or void of the label map, it covers it: the whole mask gets the thing's id.",
    "hidden": "Things with an empty mask weren't numbered; they keep their number, though no pixel shows it.",
}

# classes of the things, do masks cover stuff and void of the label map, the thing whose mask is empty
SCENES: tuple[tuple[tuple[int, ...], bool, int | None], ...] = (
    ((4, 4), False, None),
    ((4, 3), False, None),
    ((4, 3), True, None),
    ((3, 4, 3), False, 0),
    ((4, 3, 4, 3), False, None),
    ((5, 3, 3, 4, 3, 5), True, None),
    ((4, 4, 3, 4), False, 1),
    ((3,), False, None),
    ((11,) * 3 + (12,) + (11,) * 4, False, None),
    ((), False, None),
)
CLASSES = (3, 4, 3, 11, 5, 4, 3, 12)


def drawn_scene(seed: int) -> tuple[tuple[int, ...], bool, int | None]:
    """Return the things of a scene, drawn or listed: their classes, whether they cover other labels, who is hidden."""
    count = int(torch.randint(6, 12, ()))
    kinds = CLASSES[: 3 + seed % 6]
    things = tuple(kinds[place] for place in torch.randint(len(kinds), (count,)).tolist())
    if seed < len(SCENES):
        return SCENES[seed]
    if seed % 10 == 4:
        return (), False, None
    things = (kinds[-1],) * 7 + things[7:] if seed % 4 == 0 else things
    return things, seed % 2 == 0, seed % 5 if seed % 3 == 0 else None


def scene_arguments(seed: int) -> Arguments:
    """Return a label map of stuff (classes 0 to 2), things (3 and more) and void, with the things' masks and labels."""
    labels, covering, hidden = drawn_scene(seed)
    rows, columns = (1, 2) if 1 <= len(labels) <= 2 else (3, 4)
    label_map = torch.randint(3, (3 * rows, 4 * columns))
    label_map[torch.rand(label_map.shape) < 0.1] = VOID
    label_map[-1, -2:] = torch.tensor([VOID, 1])
    masks = torch.zeros(len(labels), *label_map.shape, dtype=torch.bool)
    for number, place in enumerate(torch.randperm(rows * columns)[: len(labels)].tolist()):
        top, left = 3 * (place // columns), 4 * (place % columns)
        width = int(torch.randint(2, 5, ()))
        if number == hidden:
            continue
        masks[number, top : top + 2, left : left + width] = True
        label_map[masks[number]] = labels[number]
        if covering:
            label_map[top, left] = VOID if number % 2 else 2
    return {"label_map": label_map, "masks": masks, "labels": torch.tensor(labels, dtype=torch.long)}


def judge_panoptic(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name the numbering that went wrong."""
    label_map, masks, labels = arguments.values()
    things, void = masks.any(dim=0), label_map == VOID
    semantic = label_map * PER_CLASS
    same = labels[:, None] == labels[None]  # (K, K)
    seen = masks.any(dim=2).any(dim=1)  # (K,)

    def numbered(numbers: Tensor) -> Tensor:
        return expected // PER_CLASS * PER_CLASS + (masks * numbers[:, None, None]).sum(dim=0)

    wrong = (
        ("over all", numbered(torch.arange(1, len(masks) + 1))),
        ("from zero", expected - things.long()),
        ("one", numbered(torch.ones_like(labels))),
        ("backwards", numbered(same.triu().sum(dim=1))),
        ("total", numbered(same.sum(dim=1))),
        ("semantic", semantic),
        ("semantic", numbered(torch.zeros_like(labels))),
        ("stuff", torch.where(things, expected, label_map)),
        ("stuff as 0", torch.where(things, expected, 0)),
        ("instance", torch.where(things, expected % PER_CLASS, expected)),
        ("added twice", torch.where(things, expected + semantic, expected)),
        ("void", torch.where(void & ~things, VOID, expected)),
        ("void", torch.where(void, VOID, expected)),
        ("void as 0", torch.where(void & ~things, 0, expected)),
        ("void as 0", torch.where(void, 0, expected)),
        ("from the map", semantic + expected % PER_CLASS),
        ("map wins", torch.where(label_map == expected // PER_CLASS, expected, semantic)),
        ("map wins", torch.where(void, semantic, expected)),
        ("hidden", numbered((same & seen).tril().sum(dim=1))),
    )
    mistakes = [(PANOPTIC_MISTAKES[mistake], value) for mistake, value in wrong]
    return compare(result, expected, name="the panoptic map", mistakes=mistakes)
