"""The audit of a data set: each kind of mistake is found, a clean set is clean, the command says and draws it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from segedu.course import cli
from segedu.data.audit import audit
from segedu.data.scenes import Scenes


class Samples:
    """A data set of given samples; an exception stands for a file that can't be read."""

    classes = ("sky", "road", "car")

    def __init__(self, *samples: Any) -> None:
        self.samples = samples

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> dict[str, Any]:
        if isinstance(self.samples[index], Exception):
            raise self.samples[index]
        return self.samples[index]


def sample(seed: int, name: str | None = None, **changes: torch.Tensor) -> dict[str, Any]:
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, 4, 5, generator=generator)
    image = torch.nn.functional.interpolate(coarse, size=(24, 30), mode="bilinear")[0]
    label_map = torch.randint(3, (24, 30), generator=generator)
    return {"image": image, "label_map": label_map, "name": name or f"image-{seed}"} | changes


def kinds(found: Any) -> list[tuple[str, str, int]]:
    return [(problem.kind, problem.split, problem.index) for problem in found.problems]


def test_a_clean_set_has_counts_and_no_problem() -> None:
    train, val = Samples(sample(0), sample(1)), Samples(sample(2))
    found = audit({"train": train, "val": val})
    assert found.problems == []
    labels = torch.stack([train[0]["label_map"], train[1]["label_map"]])
    assert found.splits["train"].pixels.tolist() == torch.bincount(labels.flatten()).tolist()
    assert found.splits["train"].sizes == {(24, 30): 2}
    assert float(found.splits["val"].shares().sum()) == pytest.approx(1)


def test_each_mistake_is_found_where_it_is() -> None:
    out_of_range, all_void = torch.randint(3, (24, 30)), torch.full((24, 30), 255)
    out_of_range[0, :7] = 9
    train = Samples(
        sample(0),
        ValueError("b.png can't be read as an image"),
        sample(2, label_map=out_of_range),
        sample(3, label_map=all_void),
        sample(4, label_map=torch.zeros(24, 30).long()),
        sample(5, label_map=torch.randint(3, (30, 24))),
    )
    found = audit({"train": train})
    expected = [("unreadable", 1), ("size", 5), ("label", 2), ("empty", 3), ("empty", 4)]
    assert kinds(found) == [(kind, "train", index) for kind, index in expected]
    words = " ".join(problem.text for problem in found.problems)
    assert "image-2: 7 pixels have the labels [9]; there are classes 0 … 2" in words
    assert "image-5: the image has 24 × 30 pixels, its label map 30 × 24" in words
    assert found.splits["train"].images == 5
    assert found.splits["train"].void == 24 * 30


def test_labels_out_of_range_count_as_no_class_and_as_no_void() -> None:
    odd = torch.tensor([[-1, 300, 1, 255]])
    found = audit({"train": Samples(sample(0, image=torch.rand(3, 1, 4), label_map=odd))}).splits["train"]
    assert found.pixels.tolist() == [0, 1, 0]
    assert found.void == 1


@pytest.mark.parametrize(
    ("broken", "kind", "words"),
    [
        (RuntimeError("the picture can't be decoded"), "unreadable", "can't be decoded"),
        ({"image": torch.rand(3, 24, 30), "name": "b"}, "unreadable", "label_map"),
        (sample(1, label_map=torch.ones(24, 30)), "label", "torch.float32, no integers"),
        (sample(1, image=255 * torch.rand(3, 24, 30)), "image", "expected float, 0 to 1"),
        (sample(1, image=torch.zeros(3, 24, 30, dtype=torch.uint8)), "image", "torch.uint8"),
        (sample(1, image=torch.full((3, 24, 30), torch.nan)), "image", "nan"),
    ],
)
def test_whatever_is_broken_is_a_finding_and_the_audit_goes_on(broken: Any, kind: str, words: str) -> None:
    found = audit({"train": Samples(broken, sample(2))})
    assert (kind, "train", 0) in kinds(found)
    assert any(words in problem.text for problem in found.problems if problem.kind == kind)
    assert found.splits["train"].images >= 1


def test_labels_of_any_integer_type_are_read() -> None:
    for dtype in (torch.uint8, torch.int16, torch.uint16):
        labels = torch.randint(3, (24, 30))
        found = audit({"train": Samples(sample(3, label_map=labels.to(dtype)))})
        assert found.problems == []
        assert found.splits["train"].pixels.tolist() == labels.flatten().bincount(minlength=3).tolist()


def test_the_same_image_in_two_splits_is_found_also_resized_brighter_and_compressed() -> None:
    original = sample(0)
    larger = torch.nn.functional.interpolate(original["image"][None], size=(48, 60), mode="bilinear")[0]
    copies = [
        sample(0, "copy"),
        sample(7, "resized", image=larger),
        sample(8, "brighter", image=original["image"] + 0.01),
    ]
    found = audit({"train": Samples(original, sample(1)), "val": Samples(sample(3), *copies)})
    twice = [problem for problem in found.problems if problem.kind == "twice"]
    assert [(problem.index, problem.other) for problem in twice] == [(0, ("val", 1)), (0, ("val", 2)), (0, ("val", 3))]
    assert "image-0 in train is copy in val" in twice[0].text
    assert "shows nearly what is in resized in val" in twice[1].text


TURNS = {"mirrored": (-1,), "upside down": (-2,), "turned by 180°": (-2, -1)}


@pytest.mark.parametrize(("how", "axes"), TURNS.items())
def test_a_mirrored_or_turned_copy_is_found_in_another_split_and_in_the_same(how: str, axes: tuple[int, ...]) -> None:
    original = sample(0)
    darker = sample(7, "darker", image=(original["image"].flip(axes) - 0.01).clamp(min=0))
    copy = sample(8, "copy", image=original["image"].flip(axes))
    found = audit({"train": Samples(original, sample(1), copy), "val": Samples(darker)})
    texts = [problem.text for problem in found.problems]
    assert kinds(found) == [("twice", "train", 0), ("twice", "train", 2), ("copy", "train", 2)]
    assert texts[0] == f"image-0 in train shows nearly what is in darker in val, {how}: a score on it measures memory."
    assert "copy in train shows nearly what is in darker in val: a score" in texts[1]
    assert texts[2] == f"copy is image-0 once more, {how}, both in train."
    assert found.problems[2].other == ("train", 0)


def test_copies_within_a_split_are_found_and_frames_of_a_video_are_none() -> None:
    original = sample(0)
    near = sample(2, "next frame", image=(original["image"] + 1e-4).clamp(max=1))
    found = audit({"train": Samples(original, near, sample(3, "copy", image=original["image"]), sample(4))})
    assert [problem.text for problem in found.problems] == ["copy is image-0 once more, both in train."]


def test_a_symmetric_image_is_not_reported_for_every_turn() -> None:
    image = sample(0)["image"]
    symmetric = sum(image.flip(axes) for axes in ((), (-1,), (-2,), (-2, -1))) / 4
    found = audit({"train": Samples(sample(1, image=symmetric)), "val": Samples(sample(2, image=symmetric))})
    assert kinds(found) == [("twice", "train", 0)]
    assert "is image-2 in val: a score" in found.problems[0].text


def test_two_black_images_show_nothing_and_are_no_copies() -> None:
    black = {"image": torch.zeros(3, 24, 30)}
    found = audit({"train": Samples(sample(0, **black), sample(1, **black)), "val": Samples(sample(2, **black))})
    assert {problem.kind for problem in found.problems} == {"image"}
    assert "image-0: every value of the image is 0; it shows nothing." in found.problems[0].text


def test_two_dark_images_with_other_dots_are_no_copies_but_the_same_dots_are() -> None:
    dots = []
    for seed in range(2):
        image = torch.zeros(3, 64, 64)
        image[:, 5 + 9 * seed, 11 + 7 * seed] = 0.5
        dots.append({"image": image, "label_map": torch.randint(3, (64, 64))})
    train, val = Samples(sample(0, **dots[0])), Samples(sample(1, **dots[1]), sample(2, **dots[0]))
    found = audit({"train": train, "val": val})
    assert [problem.other for problem in found.problems] == [("val", 1)]


@pytest.mark.parametrize(
    ("broken", "kind", "words"),
    [
        (sample(1, image=torch.zeros(3, 0, 0), label_map=torch.zeros(0, 0).long()), "size", "not a single pixel"),
        (sample(1, image=torch.zeros(0, 24, 30)), "size", "the image has the shape 0 × 24 × 30, not a single pixel"),
        (sample(1, label_map=torch.zeros(0, 30).long()), "size", "the label map has the shape 0 × 30"),
        (sample(1, image=torch.zeros(24)), "unreadable", "image-1"),
        (sample(1, image=None), "unreadable", "image-1|None"),
        (None, "unreadable", ""),
        ((torch.rand(3, 4, 4), torch.zeros(4, 4)), "unreadable", ""),
        (SystemError(), "unreadable", "SystemError"),
    ],
)
def test_no_sample_ends_the_audit(broken: Any, kind: str, words: str) -> None:
    found = audit({"train": Samples(broken, sample(2)), "val": Samples(sample(3), broken)})
    for split, place in (("train", 0), ("val", 1)):
        assert (kind, split, place) in kinds(found)
    assert any(words in problem.text or words.endswith("None") for problem in found.problems if problem.kind == kind)
    assert found.splits["train"].images >= 1


def test_arrays_are_read_as_tensors_are() -> None:
    arrays = {key: value.numpy() for key, value in sample(0).items() if torch.is_tensor(value)}
    found = audit({"train": Samples(arrays), "val": Samples(sample(0))})
    assert [problem.kind for problem in found.problems] == ["twice"]


def test_parts_of_data_sets_have_their_classes() -> None:
    scenes = Scenes(4, size=48)
    half = torch.utils.data.Subset(scenes, [0, 2])
    nested = torch.utils.data.Subset(torch.utils.data.ConcatDataset([half, Scenes(2, size=48, split="val")]), [0, 1, 2])
    found = audit({"train": half, "val": nested})
    assert found.classes == scenes.classes
    assert [problem.other for problem in found.problems] == [("val", 0), ("val", 1)]


def test_a_data_set_without_classes_is_named() -> None:
    with pytest.raises(TypeError, match="the data set 'val' is a list without `classes`"):
        audit({"train": Scenes(1, size=48), "val": [sample(0)]})


def test_scenes_of_one_kind_are_not_taken_for_each_other() -> None:
    found = audit({split: Scenes(60, size=48, split=split) for split in ("train", "val")})
    assert found.problems == []


def test_sets_with_other_classes_are_not_compared() -> None:
    with pytest.raises(ValueError, match="different classes"):
        audit({"train": Samples(sample(0)), "val": Scenes(1, size=48)})
    with pytest.raises(ValueError, match="no data set to audit"):
        audit({})


def test_the_command_reports_and_draws(miniature: Callable, tmp_path: Any, capsys: Any) -> None:
    folder = miniature("camvid")
    images = [path for split in ("train", "val", "test") for path in sorted((folder / "CamVid" / split).glob("*.png"))]
    for seed, path in enumerate(images):
        noise = np.random.default_rng(seed).integers(0, 256, (10, 14, 3), dtype=np.uint8)
        Image.fromarray(noise).save(path)
    images = images[:5]  # three to train, two to validate
    Image.open(images[0]).save(images[-1])
    status = cli.main(["data", "audit", "camvid", "--root", str(folder), "--out", str(tmp_path / "drawn")])
    printed = capsys.readouterr().out
    assert status == 1
    assert "train 3 images" in printed
    assert f"{images[0].name} in train is {images[-1].name} in val: a score on it measures memory." in printed
    assert sorted(path.name for path in (tmp_path / "drawn").iterdir()) == ["classes.png", "twice.png"]


def test_a_name_is_needed_and_known(capsys: Any) -> None:
    assert cli.main(["data", "audit"]) == 2
    assert "needs a name" in capsys.readouterr().err
    assert cli.main(["data", "audit", "imagenet"]) == 2
    assert "no data set 'imagenet'" in capsys.readouterr().err


@pytest.mark.real_data
def test_the_audit_finds_the_pet_that_is_in_train_and_in_val(real_data_root: Callable) -> None:
    from segedu.data.sets import load_dataset

    root = real_data_root("oxford_pets")
    found = audit({split: load_dataset("pets", split, root) for split in ("train", "val")})
    assert [problem.text for problem in found.problems] == [
        "Abyssinian_172 in train shows nearly what is in Abyssinian_122 in val: a score on it measures memory."
    ]
