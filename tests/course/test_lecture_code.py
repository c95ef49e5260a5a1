"""A lecture's cells run by name: as they stand, with other parameters, one definition alone; and what goes wrong."""

import json
import traceback

import pytest

from segedu.course import lecture_code


def test_cells_are_code_by_name_with_solutions_and_without_their_marks():
    cells = lecture_code.cells("02")
    assert "front" not in cells  # a text
    assert "logsumexp" not in cells["exercise-cross-entropy"]
    assert "logits.gather" in cells["exercise-cross-entropy"]
    assert "SOLUTION" not in cells["exercise-cross-entropy"]


def test_a_run_has_the_lectures_imports_and_parameters_and_what_the_cells_define():
    names = lecture_code.run("02", "likelihood")
    assert names["F"].cross_entropy
    assert (names["dataset"], names["root"]) == ("scenes", None)
    assert names["likelihood"](names["A"], names["y"]).item() == pytest.approx(0.2916)


def test_parameters_replace_the_lectures_own():
    assert lecture_code.run("02", steps=7)["steps"] == 7


def test_one_definition_comes_without_the_rest_of_its_cell():
    names = lecture_code.run("03", ("far", "far"), ("score", "score"))
    assert names["far"][1] == (3, 24, 2)
    assert callable(names["score"])
    assert "fields" not in names
    assert "baseline" not in names


def test_given_names_stand_for_what_other_cells_define():
    spread = lecture_code.run("01", "spread", given={"numbers": 3})
    assert spread["numbers"] == 3


def test_runs_do_not_share_their_names():
    lecture_code.run("01", "spread")["spread"] = None
    assert lecture_code.run("01", "spread")["spread"] is not None


@pytest.mark.parametrize(
    ("parts", "parameters", "message"),
    [
        (["trainings"], {}, r"lecture 03 has no cell 'trainings'.* It has setup, parameters, figure-photo-windows"),
        ([("far", "fra")], {}, "cell 'far' of lecture 03 defines no 'fra'"),
        (["network"], {"step": 3}, "lecture 03 has no parameter 'step'"),
    ],
)
def test_what_was_renamed_is_named(parts, parameters, message):
    with pytest.raises(ValueError, match=message):
        lecture_code.run("03", *parts, **parameters)


def test_an_error_in_a_cell_shows_the_cells_line_and_names_lecture_and_cell():
    with pytest.raises(NameError) as caught:
        lecture_code.run("03", "network")
    text = "".join(traceback.format_exception(caught.value))
    assert "weights = torch.ones(len(classes))" in text
    assert "in cell 'network' of lecture 03" in text


def test_every_recipe_is_a_module_that_says_how_to_run_it():
    for path in sorted((lecture_code.lecture("01").root / "lectures" / "recipes").glob("*.py")):
        assert f"python lectures/recipes/{path.name}" in lecture_code.recipe(path.name[:2]).__doc__


def test_a_row_over_seeds_holds_the_means_and_every_seeds_scores():
    row = lecture_code.over_seeds(lambda seed: {"mean IoU": 0.5 + seed / 10, "accuracy": 1.0}, (0, 1, 5), digits=2)
    assert isinstance(row.pop("seconds"), int)
    assert row == {
        "mean IoU": 0.7,
        "accuracy": 1.0,
        "seeds": {"mean IoU": [0.5, 0.6, 1.0], "accuracy": [1.0, 1.0, 1.0]},
    }


def test_results_are_written_whole(tmp_path, monkeypatch):
    (tmp_path / "data" / "results").mkdir(parents=True)
    monkeypatch.setattr(lecture_code, "find_root", lambda start: tmp_path)
    path = lecture_code.write_results("99_table", {"rows": [{"way": "×2"}]})
    assert path == tmp_path / "data" / "results" / "99_table.json"
    assert path.read_text(encoding="utf-8").endswith("}\n")
    assert json.loads(path.read_text(encoding="utf-8")) == {"rows": [{"way": "×2"}]}
    assert list(path.parent.iterdir()) == [path]
