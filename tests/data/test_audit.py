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
