"""Everything that lies on the pixels moves with the image, whatever its key and type; what would stay is refused."""

import numpy as np
import pytest
import torch
from torch import Tensor
from torchvision import tv_tensors as tv
from torchvision.transforms import v2

import segedu as se
from segedu.data.points import Window, place_in_window, warp_places
from segedu.data.warp import elastic_field, warp, warp_field
from segedu.seeding import seeded

STILL = {"flip": 0.0, "scale": (1.0, 1.0), "color": 0.0}
WARPS = [{"flip": 1.0}, {"scale": (1.6, 1.6)}, {"scale": (0.7, 0.7)}, {"rotate": 25.0}, {"elastic": 5.0}]


def image(height: int = 24, width: int = 36) -> Tensor:
    return torch.rand(3, height, width, generator=torch.Generator().manual_seed(0))


def boxes(*corners: list[float], size: tuple[int, int] = (24, 36), form: str = "XYXY") -> tv.BoundingBoxes:
    return tv.BoundingBoxes(torch.tensor(corners).float(), format=form, canvas_size=size)


def test_boxes_without_masks_are_mirrored_with_the_image() -> None:
    sample = {
        "image": tv.Image(torch.rand(3, 9, 9)),
        "label_map": tv.Mask(torch.zeros(9, 9).long()),
        "boxes": boxes([0.0, 0, 3, 3], size=(9, 9)),
        "labels": torch.tensor([1]),
        "edges": tv.Mask(torch.eye(9).bool()),
    }
    moved = se.Augment(flip=1.0, scale=(1, 1), color=0)(sample)
    assert moved["boxes"].tolist() == [[6, 0, 9, 3]]
    assert torch.equal(moved["edges"], sample["edges"].flip(-1))
    assert moved["labels"].tolist() == [1]


@pytest.mark.parametrize("change", WARPS)
def test_a_second_label_map_moves_as_the_first(change: dict) -> None:
    labels = torch.randint(5, (24, 36), generator=torch.Generator().manual_seed(1))
    sample = {"image": image(), "label_map": labels, "fine": tv.Mask(labels.to(torch.uint8)), "name": "a"}
    with seeded(4):
        moved = se.Augment(**STILL | change)(sample)
    assert torch.equal(moved["label_map"], moved["fine"].long())
    assert not torch.equal(moved["label_map"], labels)
    assert moved["fine"].dtype == torch.uint8
    assert moved["name"] == "a"


@pytest.mark.parametrize("change", WARPS)
def test_a_second_image_moves_as_the_first(change: dict) -> None:
    sample = {"image": image(), "depth": tv.Image(image()[:1])}
    with seeded(4):
        moved = se.Augment(**STILL | change)(sample)
    assert torch.equal(moved["depth"], moved["image"][:1])


@pytest.mark.parametrize("change", WARPS)
def test_a_plain_label_map_is_no_image_and_never_interpolated(change: dict) -> None:
    labels = torch.randint(5, (24, 36), generator=torch.Generator().manual_seed(1)) * 50
    results = []
    for form in (labels, labels.numpy(), tv.Mask(labels)):
        with seeded(4):
            results.append(se.Augment(size=31, **STILL | change)({"image": image(), "label_map": form})["label_map"])
    assert all(torch.equal(results[0], result) for result in results)
    assert set(results[0].unique().tolist()) <= {0, 50, 100, 150, 200, 255}


@pytest.mark.parametrize("size", [None, (30, 50)])
@pytest.mark.parametrize("change", [{"flip": 1.0}, {"scale": (1.4, 1.4)}, {"scale": (0.8, 0.8)}])
def test_boxes_lie_around_what_they_lay_around(change: dict, size: tuple[int, int] | None) -> None:
    """The box of a filled rectangle, moved, is the box around the moved rectangle, to within a pixel of nearest."""
    mask = torch.zeros(1, 24, 36).bool()
    mask[0, 8:14, 10:19] = True
    sample = {"image": image(), "boxes": boxes([10.0, 8, 19, 14]), "labels": torch.tensor([4])}
    with seeded(5):
        alone = se.Augment(size=size, **STILL | change)(sample)
    with seeded(5):
        redrawn = se.Augment(size=size, **STILL | change)(sample | {"masks": tv.Mask(mask)})
    assert (alone["boxes"] - redrawn["boxes"]).abs().max() <= 1


@pytest.mark.parametrize("angle", [0.0, 20.0, 90.0, -135.0])
@pytest.mark.parametrize("bend", [0.0, 4.0])
def test_a_warped_box_lies_around_the_warped_rectangle(angle: float, bend: float) -> None:
    mask = torch.zeros(1, 40, 60).bool()
    mask[0, 14:26, 22:37] = True
    elastic = elastic_field((40, 60), bend, generator=torch.Generator().manual_seed(4)) if bend else None
    field = warp_field((40, 60), angle, elastic)
    moved = warp_places(boxes([22.0, 14, 37, 26], size=(40, 60)), field)
    around = torch.from_numpy(se.data.sample.boxes_of(warp(tv.Mask(mask), field, 0).numpy()))
    assert (moved - around).abs().max() <= 1.5  # the outline, against the pixels whose centers look into it


@pytest.mark.parametrize("form", ["XYXY", "XYWH", "CXCYWH"])
def test_boxes_keep_their_format(form: str) -> None:
    corners = boxes([10.0, 8, 19, 14])
    form_of = v2.functional.convert_bounding_box_format(corners, new_format=form)
    moved = se.Augment(**STILL | {"flip": 1.0})({"image": image(), "boxes": form_of})["boxes"]
    assert moved.format.value == form
    assert v2.functional.convert_bounding_box_format(moved, new_format="XYXY").tolist() == [[17, 8, 26, 14]]


def test_boxes_that_leave_the_image_go_with_their_labels_and_others_are_cut_off() -> None:
    sample = {
        "image": image(),
        "boxes": boxes([0, 0, 3, 3], [16, 10, 40, 14], [33, 21, 36, 24], [16, 10, 17, 11]),
        "labels": torch.tensor([5, 6, 7, 8]),
        "iscrowd": torch.tensor([0, 1, 0, 0]),
    }
    window = Window(top=6, left=9, height=12, width=18)
    placed = place_in_window(sample["boxes"], window, (24, 36), flipped=False)
    assert placed.tolist() == [[0, 0, 0, 0], [14, 8, 36, 16], [36, 24, 36, 24], [14, 8, 16, 10]]
    with seeded(0):
        moved = se.Augment(**STILL | {"scale": (4.0, 4.0)})(sample)
    assert len(moved["boxes"]) == len(moved["labels"]) == len(moved["iscrowd"]) < 4
    sizes = moved["boxes"][:, 2:] - moved["boxes"][:, :2]
    assert (sizes > 0).all()


@pytest.mark.parametrize("change", [*WARPS, {"rotate": 180.0, "elastic": 2.0}])
def test_key_points_stay_on_what_they_mark(change: dict) -> None:
    """A point on a bright spot is on it afterwards, as far as the spot is still in the image."""
    spots = torch.zeros(1, 40, 60)
    places = torch.tensor([[20.0, 15.0], [41.0, 22.0], [30.0, 28.0]])
    y, x = torch.meshgrid(torch.arange(40), torch.arange(60), indexing="ij")
    for number, (column, row) in enumerate(places.tolist(), start=1):
        spots[0] += number / 3 * torch.exp(-((x - column) ** 2 + (y - row) ** 2) / 4)
    sample = {"image": spots.clamp(max=1), "points": tv.KeyPoints(places, canvas_size=(40, 60))}
    with seeded(2):
        moved = se.Augment(**STILL | change)(sample)
    for place, (column, row) in enumerate(moved["points"].tolist(), start=1):
        if not (3 < row < 36 and 3 < column < 56):
            continue
        part = moved["image"][0, round(row) - 3 : round(row) + 4, round(column) - 3 : round(column) + 4]
        brightest = divmod(int(part.argmax()), 7)
        assert abs(brightest[0] - 3 + round(row) - row) <= 1
        assert abs(brightest[1] - 3 + round(column) - column) <= 1
        assert part.max() > 0.6 * place / 3


def test_a_rotation_takes_points_where_it_takes_pixels_and_back() -> None:
    points = tv.KeyPoints(torch.tensor([[3.0, 4.0], [-8.0, 55.0], [17.5, 11.5]]), canvas_size=(24, 36))
    there = warp_places(points, warp_field((24, 36), 33.0))
    back = warp_places(there, warp_field((24, 36), -33.0))
    torch.testing.assert_close(back.as_subclass(Tensor), points.as_subclass(Tensor), atol=1e-3, rtol=0)
    assert (there - points).norm(dim=-1).min() > 2.9 or (there[2] - points[2]).norm() < 1e-3  # the center stays


def outside(dtype: torch.dtype, key: str = "label_map") -> Tensor:
    """Return what stands outside of a 2 × 2 map of zeros of a type, in a picture of 4 × 6."""
    sample = {"image": torch.rand(3, 2, 2), key: tv.Mask(torch.zeros(2, 2).to(dtype))}
    result = se.Augment(size=(4, 6), scale=(1, 1), flip=0, color=0)(sample)[key].as_subclass(Tensor)
    assert int((result == 0).sum()) >= 4
    return result.flatten().unique()[-1]


@pytest.mark.parametrize(
    "dtype", [torch.bool, torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64, torch.uint16, torch.uint32]
)
def test_outside_of_a_label_map_of_any_type_is_void(dtype: torch.dtype) -> None:
    assert outside(dtype) == 255
    assert outside(dtype, "panoptic") == 255000


def test_outside_of_other_masks_is_nothing_or_void() -> None:
    assert outside(torch.int8, "fine") == 255
    assert not outside(torch.bool, "edges").any()
    assert not outside(torch.float32, "distance").any()


@pytest.mark.parametrize(
    ("more", "error", "words"),
    [
        ({"boxes": torch.zeros(2, 4)}, TypeError, r"'boxes' is a Tensor of shape \(2, 4\), which would stay where"),
        ({"heat": torch.zeros(24, 36)}, TypeError, "'heat' is a Tensor .* Mask, BoundingBoxes or KeyPoints"),
        ({"heat": np.zeros((24, 36))}, TypeError, "'heat' is a ndarray"),
        ({"polygons": [[0, 0, 2, 0, 2, 2]]}, TypeError, "'polygons' is a list"),
        ({"clip": tv.Video(torch.rand(2, 3, 24, 36))}, TypeError, "'clip' is a Video"),
        ({"label_map": torch.zeros(24, 36)}, TypeError, "label map"),
        ({"label_map": [[0, 1]]}, TypeError, "'label_map' is a list"),
        ({"label_map": torch.zeros(36, 24).long()}, ValueError, r"'label_map' has shape \(36, 24\), .* 24 × 36"),
        ({"edges": tv.Mask(torch.zeros(5, 5))}, ValueError, "'edges' has shape"),
        ({"depth": tv.Image(torch.zeros(1, 5, 5))}, ValueError, "'depth' is for 5 × 5 pixels, the image has 24 × 36"),
        ({"boxes": boxes([0, 0, 1, 1], size=(9, 9))}, ValueError, "'boxes' is for 9 × 9 pixels"),
        ({"boxes": boxes([0, 0, 1, 1, 30], form="XYWHR")}, TypeError, "format XYWHR"),
        ({"image": (255 * image()).byte()}, TypeError, "the image is torch.uint8"),
        ({"image": 255 * image()}, ValueError, "divide 0 … 255 by 255"),
        ({"image": image()[0]}, TypeError, r"shape \(24, 36\)"),
        ({"image": None}, TypeError, "a dict with"),
    ],
)
def test_what_would_stay_or_can_t_be_moved_is_named(more: dict, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        se.Augment()({"image": image()} | more)


def test_what_has_no_place_in_the_image_is_left_alone() -> None:
    more = {"labels": torch.tensor([1, 2]), "id": 7, "tags": ["a", "b"], "size": (24, 36), "name": None, "w": 0.5}
    moved = se.Augment()({"image": image()} | more)
    assert all(moved[key] is value for key, value in more.items())


@pytest.mark.parametrize("size", [np.int64(32), 32.0, (np.int32(32), 32), torch.tensor([32, 32])])
def test_a_size_is_a_number_of_any_type(size: object) -> None:
    assert se.Augment(size=size)({"image": image()})["image"].shape == (3, 32, 32)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [0, -1, (0, 4), 2.5, "32", (8,), True, (1, 2, 3)])
def test_a_size_that_is_none_is_named_at_once(size: object) -> None:
    with pytest.raises((ValueError, TypeError), match="size"):
        se.Augment(size=size)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [{"flip": float("nan")}, {"rotate": float("inf")}, {"scale": (1, float("inf"))}, {"scale": 2}, {"blur": "1"}],
)
def test_settings_that_are_no_finite_numbers_are_named(wrong: dict) -> None:
    with pytest.raises((ValueError, TypeError), match=next(iter(wrong))):
        se.Augment(**wrong)


def test_numbers_of_numpy_draw_what_pythons_draw_and_are_written_alike() -> None:
    ours, theirs = (
        se.Augment(scale=(0.5, 2.0), rotate=8.0),
        se.Augment(scale=tuple(np.array([0.5, 2])), rotate=np.int8(8)),
    )
    assert repr(ours) == repr(theirs)
    results = []
    for augment in (ours, theirs):
        with seeded(1):
            results.append(augment({"image": image()})["image"])
    assert torch.equal(*results)
