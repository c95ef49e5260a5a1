"""`check`, `hint`, `solution`: what a student calls."""

import pytest
from scaled_relu import EXERCISE, EXPECTED, stub, truth

from segedu import exercises
from segedu.exercises.engine import public


@pytest.fixture
def published(monkeypatch):
    """Make the sample exercise the only one of the course."""
    monkeypatch.setattr(public, "lectures", lambda: ["90"])
    monkeypatch.setattr(public, "definitions", lambda lecture: (EXERCISE,))
    monkeypatch.setattr(public, "expected_values", lambda name: EXPECTED)


def test_check_prints_and_returns_what_it_found(published, capsys):
    result = exercises.check("90.scaled_relu", truth)
    assert result
    assert repr(result) == "<90.scaled_relu: passed>"
    assert capsys.readouterr().out == "✓ 90.scaled_relu: passed. Your function is a scaled ReLU.\n"


def test_check_of_a_stub_offers_the_first_hint(published, capsys):
    exercises.check("90.scaled_relu", stub)
    assert 'se.hint("90.scaled_relu", 1)' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "part"),
    [("90.scaled_rel", "did you mean '90.scaled_relu'?"), ("qq", "se.exercise_names()"), (truth, "in quotes")],
)
def test_check_of_an_unknown_name_is_explained_and_never_raises(published, capsys, name, part):
    assert not exercises.check(name, truth)
    assert part in capsys.readouterr().out


def test_hints_go_from_one_to_three(published, capsys):
    exercises.hint("90.scaled_relu", 3)
    assert capsys.readouterr().out == "Hint 3 of 3: `x.clamp(min=0)`\n"
    with pytest.raises(ValueError, match="levels are 1, 2 and 3"):
        exercises.hint("90.scaled_relu", 4)


def test_a_solution_is_printed_or_its_build_asked_for(published, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(public, "lecture_folder", lambda lecture: tmp_path)
    with pytest.raises(ValueError, match="segedu build 90"):
        exercises.solution("90.scaled_relu")
    (tmp_path / "solutions.json").write_text('{"scaled_relu": "def scaled_relu(x, scale): …"}', encoding="utf-8")
    exercises.solution("90.scaled_relu")
    assert capsys.readouterr().out == "def scaled_relu(x, scale): …\n"
