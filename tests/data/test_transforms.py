"""Joint transforms: image and labels stay aligned to the pixel, labels stay labels, randomness is torch's."""

import pytest
import torch
from scipy.ndimage import gaussian_filter
from torch.nn import functional as F
from torchvision import tv_tensors
from torchvision.transforms import v2

from segedu.data import transforms
from segedu.data.scenes import Scenes
from segedu.data.transforms import Augment
from segedu.data.warp import elastic_field, warp, warp_field
from segedu.seeding import seeded

STILL = {"flip": 0.0, "scale": (1.0, 1.0), "color": 0.0}


def picture_of_its_labels(height: int = 40, width: int = 56) -> dict:
    """Return a sample whose image shows the label map: blocks of 8 pixels, value = label / 10."""
    blocks = torch.randint(0, 10, (height // 8, width // 8), generator=torch.Generator().manual_seed(0))
    label_map = blocks.repeat_interleave(8, 0).repeat_interleave(8, 1)
    image = (label_map / 10).expand(3, -1, -1).contiguous()
    return {"image": tv_tensors.Image(image), "label_map": tv_tensors.Mask(label_map)}


def uniform(label_map: torch.Tensor) -> torch.Tensor:
    """Return where a pixel and its 24 neighbors have one label, so that interpolation mixes nothing."""
    value = label_map[None].double()
    high, low = (sign * F.max_pool2d(sign * value, 5, stride=1, padding=2)[0] for sign in (1, -1))
    return (high == low) & (label_map != 255)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("scale", [(1.0, 1.0), (0.8, 0.95), (1.1, 2.5)])
def test_image_and_labels_stay_aligned(seed, scale):
    with seeded(seed):
        result = Augment(scale=scale, color=0.0)(picture_of_its_labels())
    image, label_map = result["image"].as_subclass(torch.Tensor)[0], result["label_map"].as_subclass(torch.Tensor)
    inner = uniform(label_map) if scale != (1.0, 1.0) else label_map != 255
    assert inner.any()
    torch.testing.assert_close(image[inner], label_map[inner] / 10)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("warp", [{"rotate": 40.0}, {"elastic": 4.0}, {"rotate": 25.0, "elastic": 3.0}])
def test_a_warp_keeps_image_and_labels_aligned(seed, warp):
    sample = picture_of_its_labels(80, 112)
    sample["image"][1] = 1  # gray (0.5) stands outside: less than 1 shows where it was mixed in
    with seeded(seed):
        result = Augment(**STILL | warp)(sample)
    (image, inside, _), label_map = result["image"].unbind(), result["label_map"].as_subclass(torch.Tensor)
    inner = uniform(label_map) & (inside > 1 - 1e-6)
    inner[[0, 1, -2, -1]] = inner[:, [0, 1, -2, -1]] = False  # what is mixed in here may lie beyond the frame
    assert inner.any()
    torch.testing.assert_close(image[inner], label_map[inner] / 10)


def test_a_warp_moves_all_labels_as_one_and_invents_none():
    scene = Scenes(8, size=64, objects=(3, 5))[2]
    with seeded(3):
        result = Augment(**STILL | {"rotate": 30.0, "elastic": 4.0})(scene)
    assert set(result["panoptic"].unique().tolist()) <= set(scene["panoptic"].unique().tolist()) | {255000}
    assert torch.equal(result["panoptic"] == 255000, result["label_map"] == 255)
    for mask, label in zip(result["masks"], result["labels"], strict=True):
        assert (result["label_map"][mask] == label).all()


def test_a_scene_without_instances_can_be_warped():
    scene = Scenes(1, size=48, objects=(0, 0), look_alikes=0.0)[0]
    scene["masks"] = tv_tensors.Mask(torch.zeros(0, 48, 48, dtype=torch.bool))
    assert Augment(rotate=10)(scene)["masks"].shape == (0, 48, 48)


@pytest.mark.parametrize("angle", [10.0, -33.0, 90.0, 170.0])
def test_a_rotation_is_torchvision_s(angle):
    image = tv_tensors.Image(torch.rand(3, 11, 17, generator=torch.Generator().manual_seed(1)))
    mask = tv_tensors.Mask(torch.arange(11 * 17).reshape(11, 17))
    field = warp_field((11, 17), angle)
    bilinear = v2.InterpolationMode.BILINEAR
    expected = v2.functional.rotate(image, angle, interpolation=bilinear, fill=[0.5] * 3)
    torch.testing.assert_close(warp(image, field, fill=0.5), expected, atol=1e-5, rtol=0)
    assert torch.equal(warp(mask, field, fill=255), v2.functional.rotate(mask, angle, fill=[255]))


def test_bending_what_was_rotated_is_one_table():
    """Where both are smooth, one interpolation comes close to torchvision's two after another."""
    ramp = torch.linspace(0, 1, 60).expand(3, 40, 60) + torch.linspace(0, 1, 40)[:, None]
    image = tv_tensors.Image(ramp)
    bend = elastic_field((40, 60), 3.0, generator=torch.Generator().manual_seed(2))
    rotated = v2.functional.rotate(image, 20, interpolation=v2.InterpolationMode.BILINEAR, fill=[0.0] * 3)
    twice, once = v2.functional.elastic(rotated, bend), warp(image, warp_field((40, 60), 20, bend), fill=0.0)
    torch.testing.assert_close(once[:, 12:28, 18:42], twice[:, 12:28, 18:42], atol=1e-4, rtol=0)


@pytest.mark.parametrize("strength", [0.0, 1.0, 6.5])
@pytest.mark.parametrize("nodes", [2, 4, 9])
def test_the_longest_displacement_is_as_long_as_asked_for(strength, nodes):
    field = elastic_field((30, 44), strength, nodes, torch.Generator().manual_seed(nodes))
    lengths = (field * torch.tensor([44, 30]) / 2).norm(dim=-1)
    assert field.shape == (1, 30, 44, 2)
    assert lengths.max().item() == pytest.approx(strength, abs=1e-5)


@pytest.mark.parametrize(("wrong", "said"), [({"strength": -1.0}, "strength=-1"), ({"nodes": 1}, "nodes=1")])
def test_fields_that_cannot_be_are_refused(wrong, said):
    with pytest.raises(ValueError, match=said):
        elastic_field((8, 8), **{"strength": 1.0} | wrong)


def test_blur_and_noise_change_the_image_only():
    scene = Scenes(1, size=48)[0]
    with seeded(1):
        blurred = Augment(**STILL | {"blur": 2.0})(scene)
    with seeded(1):
        noisy = Augment(**STILL | {"noise": 0.2})(scene)
    roughness = [
        sample["image"].as_subclass(torch.Tensor).diff(dim=-1).abs().mean() for sample in (blurred, scene, noisy)
    ]
    assert roughness[0] < roughness[1] < roughness[2]
    for changed in (blurred, noisy):
        assert torch.equal(changed["label_map"], scene["label_map"])
        assert 0 <= changed["image"].min() <= changed["image"].max() <= 1


def test_a_blur_fits_into_the_smallest_image():
    tiny = {"image": tv_tensors.Image(torch.rand(3, 1, 2)), "label_map": tv_tensors.Mask(torch.zeros(1, 2).long())}
    assert Augment(**STILL | {"blur": 5.0})(tiny)["image"].shape == (3, 1, 2)


def test_what_is_off_draws_nothing():
    """Runs that were made before there was a rotation stay as they were."""
    scene = Scenes(1, size=48)[0]
    with seeded(4):
        Augment()(scene)
        after = torch.rand(())
    with seeded(4):
        Augment(rotate=0.0, elastic=0.0, blur=0.0, noise=0.0)(scene)
        assert torch.equal(torch.rand(()), after)
    assert repr(Augment()) == "Augment(size=None, flip=0.5, scale=(0.75, 1.5), color=0.3)"
    assert repr(Augment(blur=1.5)).endswith("color=0.3, blur=1.5)")


@pytest.mark.parametrize("scale", [0.5, 0.7, 1.3, 2.0])
def test_block_edges_fall_between_the_same_pixels(scale):
    """A bilinear image of a step crosses its middle where the label changes: no half-pixel shift."""
    label_map = torch.zeros(60, 60, dtype=torch.int64)
    label_map[:, 30:] = 1
    sample = {"image": tv_tensors.Image(label_map.expand(3, -1, -1).float()), "label_map": tv_tensors.Mask(label_map)}
    with seeded(0):
        result = Augment(flip=0, scale=(scale, scale), color=0)(sample)
    image, labels = result["image"].as_subclass(torch.Tensor)[0], result["label_map"].as_subclass(torch.Tensor)
    valid = labels != 255
    assert (((image > 0.5).long() == labels) | ((image - 0.5).abs() < 1e-3))[valid].all()


@pytest.mark.parametrize("seed", range(6))
def test_no_label_is_invented(seed):
    scene = Scenes(8, size=64)[seed]
    with seeded(seed):
        result = Augment(scale=(0.5, 2.0))(scene)
    before, after = set(scene["label_map"].unique().tolist()), set(result["label_map"].unique().tolist())
    assert after <= before | {255}
    assert set(result["panoptic"].unique().tolist()) <= set(scene["panoptic"].unique().tolist()) | {255000}
    assert torch.equal(result["panoptic"] == 255000, result["label_map"] == 255)


@pytest.mark.parametrize("seed", range(6))
def test_instances_agree_with_the_label_map_afterwards(seed):
    with seeded(seed):
        result = Augment(size=(48, 72), scale=(0.6, 2.5))(Scenes(8, size=96, objects=(4, 6))[seed])
    assert len(result["masks"]) == len(result["boxes"]) == len(result["labels"])
    assert result["masks"].shape[-2:] == (48, 72)
    for mask, box, label in zip(result["masks"], result["boxes"].tolist(), result["labels"], strict=True):
        rows, columns = mask.nonzero().T
        assert (result["label_map"][mask] == label).all()
        assert box == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


def test_what_lies_outside_is_void():
    with seeded(0):
        result = Augment(flip=0, scale=(0.5, 0.5), color=0)(picture_of_its_labels())
    void = result["label_map"] == 255
    assert void.float().mean() == pytest.approx(0.75, abs=0.02)
    gray = uniform(torch.where(void, 0, 1)) & void  # beside the picture's edge it is mixed in
    assert (result["image"][:, gray] == 0.5).all()


def test_nothing_changes_when_everything_is_off():
    sample = picture_of_its_labels()
    result = Augment(**STILL)(sample)
    assert torch.equal(result["image"], sample["image"])
    assert torch.equal(result["label_map"], sample["label_map"])


def test_a_certain_flip_mirrors_image_and_labels():
    sample = picture_of_its_labels()
    result = Augment(**STILL | {"flip": 1.0})(sample)
    assert torch.equal(result["image"], sample["image"].flip(-1))
    assert torch.equal(result["label_map"], sample["label_map"].flip(-1))


def test_color_changes_the_image_only():
    sample = picture_of_its_labels()
    with seeded(1):
        result = Augment(**STILL | {"color": 0.5})(sample)
    assert not torch.equal(result["image"], sample["image"])
    assert torch.equal(result["label_map"], sample["label_map"])
    assert 0 <= result["image"].min() <= result["image"].max() <= 1


def test_the_sample_given_is_left_alone():
    sample = Scenes(1, size=48)[0]
    copies = {key: value.clone() for key, value in sample.items() if torch.is_tensor(value)}
    with seeded(0):
        Augment()(sample)
    assert all(torch.equal(sample[key], value) for key, value in copies.items())


def test_torch_s_generator_decides():
    scene, augment, results = Scenes(1, size=48)[0], Augment(), []
    for seed in (5, 5, 6):
        with seeded(seed):
            results.append(augment(scene)["image"])
    assert torch.equal(results[0], results[1])
    assert not torch.equal(results[0], results[2])


def test_one_channel_works_too():
    gray = {"image": tv_tensors.Image(torch.rand(1, 30, 40)), "label_map": tv_tensors.Mask(torch.zeros(30, 40).long())}
    assert Augment(size=16)(gray)["image"].shape == (1, 16, 16)


def test_types_survive():
    result = Augment()(Scenes(1, size=48)[0])
    assert isinstance(result["image"], tv_tensors.Image)
    assert isinstance(result["boxes"], tv_tensors.BoundingBoxes)
    assert all(isinstance(result[key], tv_tensors.Mask) for key in ("label_map", "masks", "panoptic", "salient"))
    assert result["label_map"].dtype == torch.int64


@pytest.mark.parametrize(
    "wrong", [{"scale": (2, 1)}, {"scale": (0, 1)}, {"flip": 1.5}, {"color": -0.1}, {"rotate": -1}, {"noise": -1}]
)
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match=str(next(iter(wrong)))):
        Augment(**wrong)


def test_times_two_is_as_likely_as_half_and_all_between_occur():
    augment = Augment(scale=(0.25, 4.0))
    with seeded(0):
        draws = torch.tensor([augment._draw_magnification() for _ in range(4000)])
    quarters = torch.histc(draws.log2(), bins=4, min=-2, max=2) / len(draws)  # ÷4 to ÷2, ÷2 to 1, 1 to 2, 2 to 4
    torch.testing.assert_close(quarters, torch.full((4,), 0.25), atol=0.03, rtol=0)


@pytest.mark.parametrize(
    ("name", "function", "place", "low"),
    [
        ("rotate", "warp_field", 1, -8.0),  # to either side
        ("elastic", "elastic_field", 1, 0.0),
        ("blur", "_blur", 1, 0.0),
    ],
)
def test_a_strength_is_the_largest_one_and_each_up_to_it_is_as_likely(name, function, place, low, monkeypatch):
    strengths = []
    original = getattr(transforms, function)

    def noted(*arguments):
        strengths.append(arguments[place])
        return original(*arguments)

    monkeypatch.setattr(transforms, function, noted)
    sample = {"image": tv_tensors.Image(torch.rand(3, 12, 16))}
    with seeded(5):
        for _ in range(600):
            Augment(**STILL | {name: 8.0})(sample)
    quarters = torch.histc(torch.tensor(strengths), bins=4, min=low, max=8.0) / len(strengths)
    assert quarters.sum() == pytest.approx(1.0)
    torch.testing.assert_close(quarters, torch.full((4,), 0.25), atol=0.08, rtol=0)


def test_a_blur_reaches_three_standard_deviations():
    image = torch.rand(3, 30, 41, generator=torch.Generator().manual_seed(0))
    expected = gaussian_filter(image.numpy(), sigma=(0, 2.0, 2.0), mode="mirror", truncate=3.0)
    torch.testing.assert_close(transforms._blur(image, 2.0), torch.from_numpy(expected), atol=1e-5, rtol=0)


def test_a_window_s_height_and_width_are_each_rounded_to_the_nearest_pixel(monkeypatch):
    windows = []
    monkeypatch.setattr(transforms, "_cut", lambda value, fill, window: windows.append(window) or value)
    sample = {"image": tv_tensors.Image(torch.rand(3, 48, 30))}
    Augment(**STILL | {"scale": (0.7657, 0.7657)})(sample)  # 62.7 by 39.2 pixels are made to be 48 by 30
    assert windows[0][2:] == (63, 39)


def test_between_its_nodes_a_field_is_curved_not_straight():
    """Bicubic: a bilinear field has a kink at each node, and no second difference between two of them."""
    field = elastic_field((31, 41), 5.0, nodes=4, generator=torch.Generator().manual_seed(3))[0]
    within_a_cell = field[:10].diff(n=2, dim=0)  # nodes stand in rows 0, 10, 20, 30
    assert within_a_cell.abs().amax(dim=(0, 1)).min() > 1e-4
