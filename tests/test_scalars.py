"""Numbers of Python, NumPy and torch that are equal count as equal; what is no number is named in one sentence."""

from fractions import Fraction

import numpy as np
import pytest
import torch

import segedu as se
from segedu.data.images import height_and_width
from segedu.scalars import real_number, whole_number
from segedu.seeding import fold, seeded

THREES = [
    3,
    3.0,
    np.int64(3),
    np.uint8(3),
    np.uint16(3),
    np.float32(3),
    np.float16(3),
    np.longdouble(3),
    np.array(3),
    np.array(3.0),
    torch.tensor(3),
    torch.tensor(3, dtype=torch.uint8),
    torch.tensor(3, dtype=torch.uint16),
    torch.tensor(3.0),
    torch.tensor(3, dtype=torch.bfloat16),
    Fraction(3),
]
NO_NUMBERS = [True, np.True_, torch.tensor(True), "3", b"3", None, [3], (3,), 3j, np.complex64(3), np.array([3])]
NO_NUMBERS += [Fraction, torch.tensor([3]), torch.tensor(3, device="meta"), np.datetime64(3, "s")]


@pytest.mark.parametrize("three", THREES, ids=lambda three: f"{type(three).__name__}-{getattr(three, 'dtype', '')}")
def test_equal_numbers_are_equal_whatever_their_type(three):
    whole, real = whole_number(three, "n"), real_number(three, "n")
    assert (type(whole), whole) == (int, 3)
    assert (type(real), real) == (float, 3.0)
    assert fold(0, three) == fold(0, 3)
    assert fold(three, "scene") == fold(3, "scene")
    with seeded(three):
        drawn = torch.rand(1)
    with seeded(3):
        assert torch.equal(torch.rand(1), drawn)


@pytest.mark.parametrize("value", NO_NUMBERS, ids=repr)
def test_what_is_no_number_is_named(value):
    for convert, kind in ((whole_number, "whole"), (real_number, "finite")):
        with pytest.raises(TypeError, match=rf"^seed is .{{1,60}}; it must be a {kind} number\.$"):
            convert(value, "seed")


@pytest.mark.parametrize("value", [2.5, np.float32(2.5), torch.tensor(2.5), float("nan"), float("inf"), Fraction(5, 2)])
def test_a_fraction_is_no_whole_number(value):
    with pytest.raises(ValueError, match=r"^seed is (2\.5|nan|inf|5/2); it must be a whole number\.$"):
        whole_number(value, "seed")


def test_bounds_are_named():
    assert whole_number(1, "batch", at_least=1, at_most=1) == 1
    with pytest.raises(ValueError, match=r"^batch is 0; it must be a whole number of at least 1\.$"):
        whole_number(np.int64(0), "batch", at_least=1)
    with pytest.raises(ValueError, match=r"^lag is 9; it must be a whole number of at least 1 and at most 8\.$"):
        whole_number(9, "lag", at_least=1, at_most=8)
    with pytest.raises(ValueError, match=r"^minutes is 0\.0; it must be a finite number above 0\.$"):
        real_number(0, "minutes", above=0)
    for value in (float("nan"), np.inf, -np.inf, 10**400):
        with pytest.raises(ValueError, match=r"^minutes is (nan|inf|-inf); it must be a finite number\.$"):
            real_number(value, "minutes")


def test_integers_of_any_size_are_numbers():
    assert whole_number(10**400, "n") == 10**400
    with pytest.raises(ValueError, match=r"^seed is 1606938.*at most 18446744073709551615\.$"), seeded(2**200):
        pass


def test_texts_are_folded_as_texts_whatever_their_type():
    assert fold(0, np.str_("scene")) == fold(0, "scene") != fold(0, "scen")
    assert fold(0, 12) != fold(0, "12")


def test_the_seeds_of_python_s_integers_stay():
    assert fold(0, 3) == 8706604067850365401
    with pytest.raises(ValueError, match=r"^the seed, or a number folded into it, is 2\.5; it must be a whole number"):
        fold(0, 2.5)


@pytest.mark.parametrize("seed", [np.int64(1), np.uint16(1), torch.tensor(1), 1.0])
def test_scenes_and_setup_take_any_kind_of_number(seed, capsys):
    se.setup(seed)
    drawn = torch.rand(1)
    se.setup(1)
    assert torch.equal(torch.rand(1), drawn)
    assert capsys.readouterr().out.count("Seed: 1.") == 2
    ours, expected = se.Scenes(seed, size=48, seed=seed)[0], se.Scenes(1, size=48, seed=1)[0]
    assert ours["name"] == expected["name"]
    assert torch.equal(ours["image"], expected["image"])


@pytest.mark.parametrize("order", [np.random.default_rng(0).permutation(4), torch.randperm(4), [3.0, 0, 2, 1]])
def test_a_subset_holds_the_scenes_of_its_numbers(order):
    scenes = se.Scenes(4, size=48)
    some = torch.utils.data.Subset(scenes, order)
    for number in range(4):
        ours, expected = some[number], scenes[int(order[number])]
        assert ours["name"] == expected["name"]
        assert torch.equal(ours["image"], expected["image"])


def test_a_sampler_of_numpy_numbers_gives_the_scenes_of_these_numbers():
    loader = torch.utils.data.DataLoader(se.Scenes(4, size=48), sampler=np.array([3]), batch_size=None)
    assert torch.equal(next(iter(loader))["image"], se.Scenes(4, size=48)[3]["image"])


def test_one_image_is_kept_once_whatever_the_type_of_its_number(miniature):
    data = se.load_dataset("camvid", root=miniature("camvid"), cache=True)
    images = [data[index]["image"] for index in (1, np.int64(1), torch.tensor(1), np.uint8(1), -2, torch.tensor(-2))]
    assert len(data._decoded) == 1
    assert all(torch.equal(image, images[0]) for image in images)


@pytest.mark.parametrize("index", [1.5, "1", None, True, slice(0, 1), [0]])
def test_an_index_that_is_no_number_is_named(index, miniature):
    for data in (se.Scenes(4, size=48), se.load_dataset("isbi", root=miniature("isbi"))):
        with pytest.raises((TypeError, ValueError), match=r"^index is .*; it must be a whole number"):
            data[index]
        with pytest.raises(IndexError):
            data[np.int64(400)]


SIZES = [48, np.int64(48), np.uint8(48), 48.0, torch.tensor(48), (48, 48), [48, np.int16(48)], np.array([48, 48])]
SIZES += [torch.tensor([48, 48]), torch.Size([48, 48])]


@pytest.mark.parametrize("size", SIZES, ids=repr)
def test_a_size_is_one_number_or_two_of_any_type(size):
    assert [(type(side), side) for side in height_and_width(size)] == [(int, 48), (int, 48)]
    sample = se.load_dataset("scenes", size=size)[0]
    assert sample["image"].shape == (3, 48, 48)
    assert se.Augment(size=size)(sample)["image"].shape == (3, 48, 48)


@pytest.mark.parametrize(
    ("size", "sentence"),
    [
        (0, "size is 0; it must be a whole number of at least 1"),
        (-8, "size is -8; it must be a whole number of at least 1"),
        (64.5, "size is 64.5; it must be a whole number"),
        ("64", "size is '64'; it must be a whole number"),
        (True, "size is True; it must be a whole number"),
        ((8,), r"size is \(8,\); it must be \(height, width\), or one whole number for both"),
        ((8, 8, 3), r"size is \(8, 8, 3\); it must be \(height, width\)"),
        ((8, 0), "the width in size is 0; it must be a whole number of at least 1"),
        (("8", 8), "the height in size is '8'; it must be a whole number"),
    ],
)
def test_another_size_is_named(size, sentence, miniature):
    def make():
        yield lambda: se.load_dataset("camvid", root=miniature("camvid"), size=size)
        yield lambda: se.load_dataset("scenes", size=size)
        yield lambda: se.Augment(size=size)
        yield lambda: se.photo(size=size)

    for attempt in make():
        with pytest.raises((TypeError, ValueError), match=rf"^{sentence}"):
            attempt()


TARGET = torch.tensor([[[0, 1, 2, 255], [2, 1, 0, 0]]])
PREDICTION = torch.tensor([[[0, 1, 1, 1], [2, 2, 0, 0]]])
LOGITS = torch.randn(1, 3, 2, 4, generator=torch.Generator().manual_seed(0))


def score(make):
    return make().update(PREDICTION, TARGET).counts


def images():
    return se.metrics.ImageScores(3).update(PREDICTION.expand(4, -1, -1), TARGET.expand(4, -1, -1))


# A number that a public name takes, and what comes of it.
BORDERS = {
    "ConfusionMatrix num_classes": (3, lambda n: score(lambda: se.ConfusionMatrix(n))),
    "ConfusionMatrix ignore_index": (255, lambda n: score(lambda: se.ConfusionMatrix(3, ignore_index=n))),
    "confusion_matrix num_classes": (3, lambda n: se.metrics.confusion_matrix(PREDICTION, TARGET, n)),
    "confusion_matrix ignore_index": (255, lambda n: se.metrics.confusion_matrix(PREDICTION, TARGET, 3, n)),
    "ImageScores num_classes": (3, lambda n: score(lambda: se.metrics.ImageScores(n))),
    "BoundaryF1 num_classes": (3, lambda n: score(lambda: se.metrics.BoundaryF1(n))),
    "BoundaryF1 tolerance": (1, lambda n: score(lambda: se.metrics.BoundaryF1(3, tolerance=n))),
    "BoundaryIoU num_classes": (3, lambda n: score(lambda: se.metrics.BoundaryIoU(n))),
    "BoundaryIoU width": (1, lambda n: score(lambda: se.metrics.BoundaryIoU(3, width=n))),
    "interval samples": (9, lambda n: torch.tensor(images().interval(samples=n))),
    "interval seed": (5, lambda n: torch.tensor(images().interval(samples=9, seed=n))),
    "CrossEntropy ignore_index": (255, lambda n: se.CrossEntropy(ignore_index=n)(LOGITS, TARGET)),
    "BoundaryCrossEntropy sigma": (2, lambda n: se.losses.BoundaryCrossEntropy(sigma=n)(LOGITS, TARGET)),
    "Focal gamma": (2, lambda n: se.losses.Focal(gamma=n)(LOGITS, TARGET)),
    "Focal ignore_index": (255, lambda n: se.losses.Focal(ignore_index=n)(LOGITS, TARGET)),
    "SoftDice epsilon": (1, lambda n: se.losses.SoftDice(epsilon=n)(LOGITS, TARGET)),
    "Tversky beta": (1, lambda n: se.losses.Tversky(beta=n)(LOGITS, TARGET)),
    "DiceCrossEntropy dice_weight": (1, lambda n: se.losses.DiceCrossEntropy(dice_weight=n)(LOGITS, TARGET)),
    "LovaszSoftmax ignore_index": (255, lambda n: se.losses.LovaszSoftmax(ignore_index=n)(LOGITS, TARGET)),
    "BinaryFocal ignore_index": (255, lambda n: se.losses.BinaryFocal(ignore_index=n)(LOGITS[:, :1], TARGET % 2)),
    "BinarySoftDice epsilon": (1, lambda n: se.losses.BinarySoftDice(epsilon=n)(LOGITS[:, :1], TARGET % 2)),
    "Scenes length": (2, lambda n: torch.tensor(len(se.Scenes(n, size=32)))),
    "Scenes thin": (2, lambda n: se.Scenes(1, size=48, thin=n)[0]["image"]),
    "Scenes objects": (4, lambda n: se.Scenes(1, size=48, objects=(n, n))[0]["image"]),
    "Scenes void_border": (2, lambda n: se.Scenes(1, size=48, void_border=n)[0]["label_map"]),
}

NONE_IS_ONE_MORE = {"ConfusionMatrix ignore_index", "confusion_matrix ignore_index", "BoundaryIoU width"}


@pytest.mark.parametrize("border", BORDERS)
def test_every_border_takes_numbers_of_every_type_and_names_what_is_none(border):
    number, use = BORDERS[border]
    expected = use(number)
    kinds = [np.int64, np.uint8, np.float32, float, torch.tensor, np.array]
    assert all(torch.equal(use(kind(number)), expected) for kind in kinds)
    for wrong in (str(number), True, None, [number], float("nan")):
        if wrong is None and border in NONE_IS_ONE_MORE:
            continue
        with pytest.raises((TypeError, ValueError), match=r" is .*; it must be a (whole|finite) number"):
            use(wrong)
