"""`check`, `hint`, `solution`: what a student calls."""

import json

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


def test_an_exercise_is_solved_if_its_last_check_passed(published, monkeypatch):
    monkeypatch.setattr(public, "LAST", {})
    assert not exercises.passed("90.scaled_relu")
    exercises.check("90.scaled_relu", truth)
    assert exercises.passed("90.scaled_relu")
    exercises.check("90.scaled_relu", stub)
    assert not exercises.passed("90.scaled_relu")
    with pytest.raises(ValueError, match="did you mean"):
        exercises.passed("90.scaled")


def test_a_target_is_shown_with_its_alt_text(published, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(public, "lecture_folder", lambda lecture: tmp_path)
    exercises.target("90.scaled_relu")
    assert "a right answer to it draws nothing" in capsys.readouterr().out
    (tmp_path / "targets").mkdir()
    (tmp_path / "targets" / "scaled_relu.png").write_bytes(b"png")
    (tmp_path / "targets" / "alt.json").write_text('{"scaled_relu": "A line with a bend."}', encoding="utf-8")
    exercises.target("90.scaled_relu")
    assert capsys.readouterr().out == "A right answer to 90.scaled_relu draws: A line with a bend.\n"

    displayed = []
    monkeypatch.setattr(public, "in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda data, raw, metadata: displayed.append((data, metadata)))
    exercises.target("90.scaled_relu")
    assert displayed == [
        ({"image/png": "cG5n", "text/plain": "A line with a bend."}, {"image/png": {"alt": "A line with a bend."}})
    ]


def test_each_stored_target_belongs_to_an_exercise_and_has_its_words():
    for lecture in public.lectures():
        folder = public.lecture_folder(lecture) / "targets"
        functions = {exercise.function for exercise in public.definitions(lecture)}
        stored = {path.stem for path in folder.glob("*.png")}
        assert stored <= functions
        if stored:
            assert json.loads((folder / "alt.json").read_text(encoding="utf-8")).keys() == stored


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("13.size", "13."),
        ("13.valid_outputs", "did you mean '13.valid_output'?"),
        ("04.output_size", "did you mean '03.output_size'?"),
        ("output_size", "did you mean '03.output_size'?"),
        ("99.zzz", "se.exercise_names() lists them."),
        ("x" * 100_000, "se.exercise_names() lists them."),
    ],
)
def test_names_of_the_same_lecture_are_suggested_first(name, part):
    with pytest.raises(ValueError, match="There is no exercise") as caught:
        exercises.hint(name)
    suggestion = str(caught.value).partition("; ")[2]
    assert part in suggestion
    assert len(str(caught.value)) < 400
    assert name != "13.size" or "03." not in suggestion
