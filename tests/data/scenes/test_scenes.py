"""The synthetic scenes: a function of (seed, split, index), labels that agree, and dials that do what they say."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from segedu.data.scenes import Scenes, classes
from segedu.data.scenes.canvas import Canvas
from segedu.data.scenes.dials import RANGES, SceneDials
from segedu.data.scenes.render import read_labels
from segedu.seeding import seeded

BOULDER, PYRAMID = Scenes.look_alikes
POLE, SHEEP = Scenes.thin_class, Scenes.rare_class
SIZES = [(64, 64), (48, 96), (128, 80), (33, 47)]


def share_of(label: int, scenes: Scenes) -> float:
    return np.mean([(sample["label_map"] == label).double().mean().item() for sample in scenes])


def stone_areas(scenes: Scenes) -> tuple[list[int], list[int]]:
    """Return the areas of the boulders and of the pyramids."""
    areas: dict[int, list[int]] = {BOULDER: [], PYRAMID: []}
    for sample in scenes:
        for mask, label in zip(sample["masks"], sample["labels"].tolist(), strict=True):
            if label in areas:
                areas[label].append(int(mask.sum()))
    return areas[BOULDER], areas[PYRAMID]


def same(first: dict, second: dict) -> bool:
    return all(
        torch.equal(first[key], second[key]) if torch.is_tensor(first[key]) else first[key] == second[key]
        for key in first
    )


def test_each_class_has_the_number_of_its_place():
    assert [getattr(classes, name.upper()) for name in Scenes.classes] == list(range(Scenes.num_classes))


def test_a_scene_is_a_function_of_seed_split_and_index():
    scenes = Scenes(8, size=64, seed=3)
    backwards = [scenes[index] for index in reversed(range(8))][::-1]
    assert all(same(scenes[index], backwards[index]) for index in range(8))
    assert same(scenes[5], Scenes(100, size=64, seed=3)[5])
    assert same(scenes[-1], scenes[7])


@pytest.mark.parametrize("other", [{"seed": 1}, {"split": "val"}, {"split": "test"}])
def test_another_seed_or_split_gives_other_scenes(other):
    assert not torch.equal(Scenes(1, size=64)[0]["image"], Scenes(1, size=64, **other)[0]["image"])


def test_workers_make_the_same_scenes():
    scenes = Scenes(6, size=48)
    loaded = list(DataLoader(scenes, batch_size=None, num_workers=2))
    assert all(torch.equal(sample["image"], scenes[i]["image"]) for i, sample in enumerate(loaded))


def test_global_generators_are_left_alone():
    with seeded(0):
        expected = np.random.rand(), torch.rand(()).item()  # noqa: NPY002
    with seeded(0):
        Scenes(1, size=48)[0]
        assert (np.random.rand(), torch.rand(()).item()) == expected  # noqa: NPY002


@pytest.mark.parametrize("size", SIZES)
def test_each_key_has_its_shape_and_type(size):
    sample = Scenes(1, size=size, objects=(3, 6))[0]
    things = len(sample["labels"])
    expected = {
        "image": ((3, *size), torch.float32),
        "label_map": (size, torch.int64),
        "masks": ((things, *size), torch.bool),
        "boxes": ((things, 4), torch.float32),
        "labels": ((things,), torch.int64),
        "panoptic": (size, torch.int64),
        "depth_order": (size, torch.int64),
        "salient": (size, torch.bool),
    }
    assert {key: (tuple(sample[key].shape), sample[key].dtype) for key in expected} == expected
    assert 0 <= sample["image"].min() < sample["image"].max() <= 1


@pytest.mark.parametrize("size", SIZES)
def test_all_labels_of_a_scene_tell_the_same_story(size):
    things = {Scenes.classes.index(name) for name in Scenes.things}
    for sample in Scenes(12, size=size, overlap=0.6, rare=0.5):
        label_map, masks, panoptic = sample["label_map"], sample["masks"], sample["panoptic"]
        assert (masks.sum(0) <= 1).all()  # each pixel belongs to one thing at most
        assert torch.equal(panoptic // 1000, label_map)
        assert torch.equal(masks.any(0), torch.isin(label_map, torch.tensor(sorted(things))))
        for number, (mask, label) in enumerate(zip(masks, sample["labels"], strict=True), start=1):
            assert (panoptic[mask] == label * 1000 + number).all()
        assert (panoptic[~masks.any(0)] % 1000 == 0).all()


def test_boxes_are_tight_in_pixel_edges():
    for sample in Scenes(8, size=64):
        for mask, box in zip(sample["masks"], sample["boxes"].tolist(), strict=True):
            rows, columns = mask.nonzero().T
            assert box == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


def test_the_salient_thing_is_one_of_the_things():
    for sample in Scenes(12, size=64):
        assert any(torch.equal(sample["salient"], mask) for mask in sample["masks"]) or not len(sample["masks"])


def canvas_with(*squares: tuple[int, int, int]) -> Canvas:
    """Return a canvas of 40 × 60 pixels with cars as squares: top, left, side."""
    canvas = Canvas(40, 60)
    for number, (top, left, side) in enumerate(squares, start=1):
        window = np.s_[top : top + side, left : left + side]
        canvas.label_map[window] = classes.CAR
        canvas.instances[window] = number
    return canvas


@pytest.mark.parametrize(
    ("large", "middle", "salient"),
    [
        ((0, 0, 12), (15, 25, 10), 2),  # a corner's larger car is not more salient than the middle's,
        ((0, 25, 12), (15, 25, 10), 2),  # nor is the upper edge's,
        ((28, 25, 12), (15, 25, 10), 2),  # the lower edge's,
        ((14, 0, 12), (15, 25, 10), 2),  # the left edge's
        ((14, 48, 12), (15, 25, 10), 2),  # and the right edge's;
        ((0, 0, 18), (18, 28, 4), 1),  # but a tiny one isn't salient because it stands in the middle
        ((1, 38, 16), (18, 28, 4), 1),
    ],
)
def test_the_salient_thing_is_large_and_near_the_middle(large, middle, salient):
    labels = read_labels(canvas_with(large, middle), SceneDials())
    assert np.array_equal(labels["salient"], labels["masks"][salient - 1])


def test_what_hides_another_is_nearer():
    for sample in Scenes(8, size=64, overlap=1.0):
        assert (
            sample["depth_order"][sample["masks"].any(0)] > sample["depth_order"][sample["label_map"] == 0].max()
        ).all()


def test_every_class_occurs_with_a_color_of_its_own():
    scenes = Scenes(60, size=64, rare=0.5)
    seen = set(torch.cat([sample["label_map"].unique() for sample in scenes]).tolist())
    assert seen == set(range(scenes.num_classes))
    assert len({tuple(color) for color in scenes.colors.tolist()}) == scenes.num_classes == len(scenes.classes)


def test_objects_counts_the_things():
    assert sum(len(sample["labels"]) for sample in Scenes(10, size=64, objects=(0, 0), rare=0)) == 0
    few, many = (
        np.mean([len(sample["labels"]) for sample in Scenes(20, size=96, objects=(n, n), rare=0)]) for n in (2, 8)
    )
    assert few <= 2
    assert many > few + 2


def test_pair_share_chooses_between_stones_and_cars():
    car = Scenes.classes.index("car")
    labels = [
        set(torch.cat([sample["labels"] for sample in Scenes(15, size=64, pair_share=share, rare=0)]).tolist())
        for share in (0.0, 1.0)
    ]
    assert labels == [{car}, {BOULDER, PYRAMID}]


def test_pair_size_magnifies_the_stones():
    small, large = (
        np.median(np.concatenate(stone_areas(Scenes(25, size=64, pair_size=factor, pair_share=1, objects=(1, 2)))))
        for factor in (0.7, 1.4)
    )
    assert 2.5 < large / small < 6  # twice the length, four times the area


def test_thin_scales_the_poles_from_none_to_many():
    shares = [share_of(POLE, Scenes(25, size=64, thin=amount)) for amount in (0, 1, 3)]
    assert shares[0] == 0
    assert shares[0] < shares[1] < shares[2]


def test_thin_width_widens_the_poles():
    narrow, wide = (share_of(POLE, Scenes(15, size=96, thin_width=width)) for width in (0.5, 4))
    assert wide > 1.3 * narrow


def test_poles_and_wires_are_thin():
    for sample in Scenes(10, size=128):
        pole = sample["label_map"] == POLE
        thick = torch.nn.functional.avg_pool2d(pole[None].float(), 7, stride=1) > 0.99
        assert not thick.any()


@pytest.mark.parametrize(("rare", "low", "high"), [(0, 0, 0), (0.3, 0.12, 0.45), (1, 0.85, 1)])
def test_rare_is_the_share_of_scenes_with_sheep(rare, low, high):
    share = np.mean([bool((sample["label_map"] == SHEEP).any()) for sample in Scenes(60, size=64, rare=rare)])
    assert low <= share <= high


def test_sheep_are_rare_by_default():
    assert 0 < share_of(SHEEP, Scenes(120, size=64)) < 0.005


def test_scale_range_spreads_the_sizes():
    spreads = []
    for scale_range in (1, 8):
        scenes = Scenes(40, size=128, scale_range=scale_range, pair_share=1, overlap=0, objects=(3, 5))
        lengths = np.sqrt(np.concatenate(stone_areas(scenes)))
        spreads.append(np.percentile(lengths, 97) / np.percentile(lengths, 3))
    assert spreads[0] < 1.9  # cut at the frame, hidden by a pole
    assert spreads[1] > 4


def test_overlap_makes_things_of_one_class_touch():
    def touching(overlap: float) -> int:
        count = 0
        for sample in Scenes(25, size=96, overlap=overlap, objects=(5, 5)):
            panoptic = sample["panoptic"]
            for first, second in ((panoptic[:, 1:], panoptic[:, :-1]), (panoptic[1:], panoptic[:-1])):
                things = (first % 1000 > 0) & (second % 1000 > 0) & (first // 1000 == second // 1000)
                count += int((things & (first != second)).sum())
        return count

    assert touching(0) == 0
    assert touching(1) > 10 * 25


@pytest.mark.parametrize("noise", [0.05, 0.15])
def test_noise_has_the_standard_deviation_asked_for(noise):
    clean, noisy = (Scenes(3, size=96, noise=amount, lighting=0) for amount in (0, noise))
    for first, second in zip(clean, noisy, strict=True):
        inside = (first["image"] > 0.45) & (first["image"] < 0.55)  # far from the clipping at 0 and 1
        assert (second["image"] - first["image"])[inside].std().item() == pytest.approx(noise, rel=0.15)
        assert torch.equal(first["label_map"], second["label_map"])


def test_lighting_varies_brightness_and_color():
    def spread(lighting: float) -> np.ndarray:
        means = [sample["image"].mean((1, 2)).numpy() for sample in Scenes(40, size=48, lighting=lighting, noise=0)]
        return np.array([np.std(np.mean(means, 1)), np.std([mean[0] - mean[2] for mean in means])])

    assert (spread(1.0) > 1.5 * spread(0.0)).all()


@pytest.mark.parametrize("width", [1, 3])
def test_void_border_is_a_band_around_things(width):
    plain, banded = Scenes(4, size=64, rare=0), Scenes(4, size=64, rare=0, void_border=width)
    for before, after in zip(plain, banded, strict=True):
        void = after["label_map"] == 255
        reach = 2 * width + 1
        thing = before["masks"].any(0)[None].float()
        near = torch.nn.functional.max_pool2d(thing, reach, stride=1, padding=width)[0] > 0
        assert void.any() == before["masks"].any()
        assert (near[void]).all()
        assert torch.equal(after["label_map"][~void], before["label_map"][~void])
        assert (after["panoptic"][void] == 255000).all()


def test_void_frame_surrounds_the_label_map():
    label_map = Scenes(1, size=(48, 64), void_frame=5)[0]["label_map"]
    assert (label_map[5:-5, 5:-5] != 255).all()
    assert (label_map == 255).sum() == 48 * 64 - 38 * 54


@pytest.mark.parametrize("name", RANGES)
def test_a_dial_outside_its_range_is_refused(name):
    too_much = RANGES[name][1] + 1
    with pytest.raises(ValueError, match=rf"{name}=.* lies outside"):
        SceneDials(**{name: (0, too_much) if name == "objects" else too_much})


def test_dials_that_do_not_exist_are_named():
    with pytest.raises(TypeError, match=r"no dial wires; its dials are objects, .*thin"):
        Scenes(wires=3)


def test_fewest_above_most_is_refused():
    with pytest.raises(ValueError, match="swap the two numbers"):
        Scenes(objects=(5, 2))


def test_a_scene_too_small_is_refused():
    with pytest.raises(ValueError, match="at least 32"):
        Scenes(size=(16, 64))


def test_an_index_past_the_end_ends_the_iteration():
    assert len(list(Scenes(3, size=32))) == 3
    with pytest.raises(IndexError):
        Scenes(3)[3]


def test_a_transform_sees_each_sample():
    assert Scenes(1, size=48, transform=lambda sample: sample | {"name": "mine"})[0]["name"] == "mine"
