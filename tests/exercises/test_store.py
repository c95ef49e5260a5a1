"""Expected values: plain on disk, the same when read, and equal to the truth."""

import json

import pytest
import torch

from grading.store import answers, truth
from segedu.exercises.engine import public, store
from segedu.exercises.engine.engine import case_arguments, verdict
from segedu.exercises.engine.store import identical

ANSWERS = {
    "90.everything": [
        (3, 4),
        [1, 2.5, True, None, "text"],
        {"mask": torch.tensor([[True, False]]), "labels": torch.tensor([1, 255]), "nested": [torch.tensor(1.5)]},
        float("inf"),
        torch.zeros(0, 3),
    ],
    "90.number": [1, 2],
}


def test_what_is_written_is_read_again(tmp_path):
    store.save(tmp_path, ANSWERS)
    assert identical(store.load(tmp_path), ANSWERS)


def test_the_same_answers_give_the_same_bytes(tmp_path):
    store.save(tmp_path / "a", ANSWERS)
    store.save(tmp_path / "b", dict(reversed(ANSWERS.items())))
    for name in ("expected.json", "expected.safetensors"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_the_text_is_strict_json(tmp_path):
    store.save(tmp_path, {"90.number": [float("nan")]})
    text = (tmp_path / "expected.json").read_text(encoding="utf-8")
    assert "NaN" not in text
    assert json.loads(text) == {"90.number": [{"float": "nan"}]}


@pytest.mark.parametrize("value", [torch.nn.ReLU(), {1: 2}, {3}, 1j])
def test_what_is_not_plain_is_refused(tmp_path, value):
    with pytest.raises(TypeError, match="numbers, strings, tensors and lists"):
        store.save(tmp_path, {"90.number": [value]})


def test_nan_is_identical_to_nan_and_dtypes_and_types_count():
    assert identical(torch.tensor([1, torch.nan]), torch.tensor([1, torch.nan]))
    assert not identical(torch.tensor([1]), torch.tensor([1.0]))
    assert not identical(1, True)
    assert identical([torch.tensor(3.0), 0.5], [torch.tensor(3.00001), 0.500001], *store.ROUNDING)
    assert not identical([torch.tensor(3.0), 0.5], [torch.tensor(3.0), 0.501], *store.ROUNDING)
    assert not identical(torch.tensor(3), torch.tensor(4), *store.ROUNDING)
    assert not identical([1, 2], [1, 2, 3])


def test_missing_expected_values_name_the_command(monkeypatch, tmp_path):
    monkeypatch.setattr(store, "EXERCISES", tmp_path)
    with pytest.raises(ValueError, match=r"segedu build 90"):
        store.expected_values("90.number")


@pytest.mark.parametrize("lecture", public.lectures())
def test_the_stored_values_are_the_truth(lecture):
    store.load.cache_clear()
    stored, true = store.load(store.lecture_folder(lecture)), answers(lecture)
    assert stored.keys() == true.keys()
    for name, values in true.items():
        assert identical(stored[name], values, *store.ROUNDING), f"{name} has changed; run `segedu build {lecture}`"


@pytest.mark.parametrize("lecture", public.lectures())
def test_the_judge_finds_the_truth_right_also_for_seeds_that_are_not_visible(lecture):
    for exercise in public.definitions(lecture):
        for seed in range(exercise.cases, exercise.cases + 10):
            arguments = case_arguments(exercise, seed)
            expected = truth(exercise, arguments)
            if expected is None:  # the judge needs no truth: a design is right if it does what is asked
                continue
            assert verdict(exercise, arguments, expected, expected).right, f"{exercise.name}, seed {seed}"
