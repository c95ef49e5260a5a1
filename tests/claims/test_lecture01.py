"""What lecture 01 claims: one-hot and argmax are inverse, a semantic map can't count, color alone is not enough."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from for_each import for_each
from torch import Tensor

import segedu as se
from segedu.course.lecture_code import run

SEEDS = (1, 2, 3)  # of worlds whose scenes the lecture doesn't show
SAMPLE = ("image", "label_map")


@for_each(seed=range(60))
def test_argmax_of_one_hot_is_the_identity(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    height, width, classes = (int(torch.randint(1, high, (), generator=generator)) for high in (8, 13, 20))
    label_map = torch.randint(classes, (height, width), generator=generator)
    channels = torch.stack([label_map == c for c in range(classes)]).float()
    torch.testing.assert_close(channels, F.one_hot(label_map, classes).movedim(-1, 0).float())
    assert torch.equal(channels.argmax(dim=0), label_map)
    void = torch.rand(height, width, generator=generator) < 0.3
    with_void = label_map.masked_fill(void, 255)
    assert torch.equal(se.from_one_hot(se.to_one_hot(with_void, classes)), with_void)


@for_each(length=range(2, 12))
def test_the_number_of_things_is_not_a_function_of_the_semantic_map(length: int) -> None:
    road = torch.full((3, length + 2), 2)
    road[1, 1:-1] = 6
    cells = torch.zeros(length, *road.shape, dtype=torch.bool)
    for k in range(length):
        cells[k, 1, k + 1] = True
    found = {}
    for things in range(1, length + 1):  # a row of cells is one long thing, or two, or …
        masks = torch.stack([cells[k::things].any(dim=0) for k in range(things)])
        world = se.panoptic_map(road, masks, [6] * things)
        found[len(se.instances_of(world)[1])] = se.semantic_of(world)
    assert sorted(found) == list(range(1, length + 1))
    assert all(torch.equal(semantic, road) for semantic in found.values())


def lecture(*names: str) -> dict[str, Any]:
    """Return what cells of the lecture define, with the scenes' ten classes."""
    return run("01", *names, given={"classes": se.Scenes(1).classes})


def stacked(seed: int, split: str, number: int) -> tuple[Tensor, Tensor]:
    """Return images and label maps of one world."""
    data = se.load_dataset("scenes", split, size=(64, 96), thin=2.0, thin_width=2.0, seed=seed)
    samples = [data[index] for index in range(number)]
    images, maps = (torch.stack([sample[key].as_subclass(Tensor) for sample in samples]) for key in SAMPLE)
    return images, maps


@pytest.mark.parametrize("seed", SEEDS)
def test_regions_are_no_things_in_a_third_of_the_counts_or_more(seed: int) -> None:
    count_regions = lecture("spread", "exercise-count-regions")["count_regions"]
    data = se.load_dataset("scenes", "val", size=(64, 96), thin=2.0, thin_width=2.0, seed=seed)
    pairs = []
    for sample in (data[index] for index in range(48)):
        for label in sample["labels"].unique():
            regions = count_regions(sample["label_map"].as_subclass(Tensor) == label)
            pairs.append((int((sample["labels"] == label).sum()), regions))
    right, few, many = (
        sum(test(*pair) for pair in pairs) / len(pairs) for test in (int.__eq__, int.__gt__, int.__lt__)
    )
    assert right < 0.68
    assert few > 4 * many > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_a_pixel_that_knows_more_is_labeled_better_and_its_surroundings_are_worth_most(seed: int) -> None:
    names = lecture("table-method", "features")
    learn, code, features = names["learn"], names["code"], names["features"]
    (train, train_maps), (images, maps) = stacked(seed, "train", 200), stacked(seed, "val", 48)

    def score(prediction: Tensor) -> float:
        return se.ConfusionMatrix(10).update(prediction, maps).mean_iou()

    kinds = ("gray", "gray and row", "color", "color and row")
    scores = [score(learn(features(train, kind), train_maps)[code(features(images, kind))]) for kind in kinds]
    network = trained()
    scores.append(score(torch.stack([se.predict(network, image) for image in images])))
    trivial = score(torch.full_like(maps, int(torch.bincount(train_maps.flatten()).argmax())))
    steps = [later - earlier for earlier, later in zip([trivial, *scores], scores, strict=False)]
    assert min(steps) > 0.05, (trivial, scores)
    assert scores[2] < scores[4] / 2


def trained() -> torch.nn.Module:
    """Return the network that the lecture loads."""
    return se.load_weights(se.UNet(3, 10, width=8, depth=4), "unet_scenes")


def test_the_network_takes_the_end_of_a_sheep_for_a_car_in_the_lectures_scene() -> None:
    names = lecture("data")
    label_map = names["label_map"]
    predicted = se.predict(trained(), names["image"])
    wrong = predicted[label_map == names["sheep"]] == names["scenes"].classes.index("car")
    assert int(wrong.sum()) >= 3
    assert float((predicted == label_map).float().mean()) == pytest.approx(0.975, abs=6e-4)


def test_the_worst_scenes_are_worst_by_one_or_two_pixels_of_classes_that_are_not_there() -> None:
    images, maps = stacked(0, "val", 48)
    guesses = torch.stack([se.predict(trained(), image) for image in images])
    own = se.ImageScores(10).update(guesses, maps).per_image().nan_to_num(1)
    for index in own.argsort()[:2].tolist():
        absent = [c for c in range(10) if not (maps[index] == c).any()]
        strays = [count for c in absent if (count := int((guesses[index] == c).sum()))]
        assert len(strays) == 2
        assert max(strays) <= 2
        assert float((guesses[index] == maps[index]).float().mean()) > 0.975
