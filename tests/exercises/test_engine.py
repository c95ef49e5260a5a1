"""The exercise engine: four outcomes, diagnoses, rules, and a student's notebook left as it was found."""

import subprocess
import sys
import warnings

import pytest
import torch
import torch.nn.functional as F
from torch.nn.functional import relu as renamed

from segedu import exercises
from segedu.exercises.engine import engine, public, report, rules
from segedu.exercises.engine.compare import close, compare


def arguments(seed):
    height, width = (2, 3) if seed == 0 else (seed + 2, seed + 4)
    return {"x": torch.randint(-5, 5, (height, width)).float(), "scale": seed + 2}


def judge(arguments, result, expected):
    return compare(result, expected)


EXERCISE = engine.Exercise(
    name="90.scaled_relu",
    function="scaled_relu",
    points=1,
    arguments=arguments,
    judge=judge,
    proved="Your function is a scaled ReLU.",
    hints=("Think.", "Compare with 0.", "`x.clamp(min=0)`"),
    forbidden=("F.relu", "nn.ReLU", "torch.clamp_min"),
    cases=4,
)


def truth(x, scale):
    return scale * x * (x > 0)


EXPECTED = [truth(**engine.case_arguments(EXERCISE, seed)) for seed in range(EXERCISE.cases)]


def examine(function, exercise=EXERCISE):
    result = engine.examine(exercise, function, EXPECTED)
    return result, report.text(result)


@pytest.fixture
def published(monkeypatch):
    """Make the sample exercise the only one of the course."""
    monkeypatch.setattr(public, "lectures", lambda: ["90"])
    monkeypatch.setattr(public, "definitions", lambda lecture: (EXERCISE,))
    monkeypatch.setattr(public, "expected_values", lambda name: EXPECTED)


# The four outcomes


def test_a_right_answer_passes_and_hears_what_it_proved():
    result, said = examine(truth)
    assert result
    assert said == "✓ 90.scaled_relu: passed. Your function is a scaled ReLU."


def test_a_wrong_answer_is_shown_the_smallest_failing_input():
    result, said = examine(lambda x, scale: scale * x)
    assert not result
    assert result.outcome == "not yet"
    assert "0 of 4 cases are right" in said
    assert "x = float32 tensor of shape (2, 3)\n" in said  # the smallest, in full
    assert "Your result:" in said
    assert "Expected:" in said


def test_large_inputs_are_shown_as_dtype_and_shape():
    def wrong_for_large(x, scale):
        return truth(x, scale) if x.numel() < 30 else truth(x, scale) + 1

    assert "x = float32 tensor of shape (5, 7)\n" not in examine(truth)[1]
    assert report.shown(torch.zeros(9, 9)) == "float32 tensor of shape (9, 9)"
    assert "3 of 4 cases are right" in examine(wrong_for_large)[1]


def stub(x, scale):
    """Return the scaled ReLU of x."""


def half_finished(x, scale):
    y = ...
    return y  # noqa: RET504


def not_implemented(x, scale):
    raise NotImplementedError


@pytest.mark.parametrize("function", [None, ..., 3, stub, half_finished, not_implemented])
def test_what_is_not_an_answer_yet_is_not_attempted(function):
    assert examine(function)[0].outcome == "not attempted"


def test_a_value_in_place_of_the_function_is_explained():
    assert "without parentheses" in examine(torch.zeros(3))[1]


def test_a_forgotten_return_is_not_a_missing_attempt():
    def forgets(x, scale):
        x = x * scale

    result, said = examine(forgets)
    assert result.outcome == "not yet"
    assert "should end with `return" in said


def test_an_error_is_blamed_on_the_students_line():
    def fails(x, scale):
        y = x + scale
        return torch.cat([y, y[0]])

    result, said = examine(fails)
    assert result.outcome == "your code raised"
    assert "return torch.cat([y, y[0]])" in said
    assert "in `fails`" in said
    assert "engine.py" not in said


def test_an_error_in_a_helper_of_the_student_is_blamed_on_the_helper():
    def helper(x):
        return x.reshape(999)

    assert "return x.reshape(999)" in examine(lambda x, scale: helper(x))[1]


def test_leaving_the_notebook_is_an_error_of_the_students_code():
    assert examine(lambda x, scale: sys.exit("bye"))[0].outcome == "your code raised"


def test_a_wrong_signature_is_named():
    def swapped(image, factor):
        return image

    result, said = examine(swapped)
    assert result.outcome == "not yet"
    assert "`swapped(image, factor)` can't be called as `swapped(x=…, scale=…)`" in said


def test_the_courses_own_function_is_no_answer():
    from segedu.seeding import fold

    assert "the course's own `fold`" in examine(fold)[1]


# What a student's function may not do, and what it may


def in_place(x, scale):
    x *= scale
    return x * (x > 0)


def test_a_change_in_place_is_noticed_and_named():
    result, said = examine(in_place)
    assert not result
    assert "changes its argument `x` in place" in said


def by_alias(x, scale):
    return scale * renamed(x)


def by_module(x, scale):
    return scale * torch.nn.ReLU()(x)


def by_own_import(x, scale):
    import torch.nn.functional as G

    return scale * G.relu(x)


def by_method(x, scale):
    return scale * x.clamp_min(0)


def by_helper(x, scale):
    return helper_with_relu(x) * scale


def helper_with_relu(x):
    return F.relu(x)


def by_operator(x, scale):
    return scale * torch.ops.aten.relu(x)


def by_name_at_run_time(x, scale):
    return scale * getattr(torch, "re" + "lu")(x)


def by_module_at_run_time(x, scale):
    return scale * getattr(torch.nn, "Re" + "LU")()(x)


FORBIDDEN = [by_alias, by_module, by_own_import, by_method, by_helper, by_operator]


@pytest.mark.parametrize("function", [*FORBIDDEN, by_name_at_run_time, by_module_at_run_time])
def test_a_forbidden_call_is_found_under_any_name(function):
    result, said = examine(function)
    assert result.outcome == "not yet"
    assert "asks for a solution without" in said


@pytest.mark.parametrize("function", FORBIDDEN)
def test_a_forbidden_call_in_the_source_is_named_with_its_line(function):
    sentence = rules.broken_rule(function, EXERCISE.forbidden)
    assert sentence
    assert "of its cell uses" in sentence


def test_a_local_name_that_looks_like_a_forbidden_one_is_allowed():
    def innocent(x, scale):
        renamed = x * (x > 0)
        return scale * renamed

    assert examine(innocent)[0]


def test_rules_leave_torch_as_it_was():
    function, constructor = F.relu, torch.nn.ReLU.__init__
    examine(by_name_at_run_time)
    examine(by_module_at_run_time)
    assert F.relu is function
    assert torch.nn.ReLU.__init__ is constructor
    assert torch.nn.ReLU()(torch.tensor([-1.0])).item() == 0


def test_a_rule_that_forbids_nothing_is_refused():
    with pytest.raises(ValueError, match="forbids nothing"):
        rules.targets("F.conv7d")


def test_prints_are_shown_once_with_the_shown_case():
    def talks(x, scale):
        print("shape", tuple(x.shape))
        return truth(x, scale)

    assert examine(talks)[1].endswith("Printed by your function:\n    shape (2, 3)")


def test_warnings_pass_through():
    def warns(x, scale):
        warnings.warn("careful", stacklevel=1)
        return truth(x, scale)

    with pytest.warns(UserWarning, match="careful"):
        assert examine(warns)[0]


def test_the_notebooks_random_numbers_are_left_as_found():
    def random(x, scale):
        torch.manual_seed(7)
        return torch.rand_like(x)

    torch.manual_seed(1)
    wanted = torch.rand(3)
    torch.manual_seed(1)
    examine(random)
    torch.testing.assert_close(torch.rand(3), wanted, rtol=0, atol=0)


def test_cases_don_t_depend_on_what_was_drawn_before():
    first = engine.case_arguments(EXERCISE, 2)
    torch.rand(5)
    assert torch.equal(first["x"], engine.case_arguments(EXERCISE, 2)["x"])


def test_a_judge_that_stumbles_makes_a_wrong_answer_not_a_crash():
    brittle = engine.Exercise(**{**vars(EXERCISE), "judge": lambda arguments, result, expected: result.shape})
    assert "can't be compared with the right one" in examine(lambda x, scale: "text", brittle)[1]


def test_what_a_module_does_can_be_observed():
    observing = engine.Exercise(**{**vars(EXERCISE), "observe": lambda module, arguments: module(arguments["x"])})

    class Scaled(torch.nn.Module):
        def __init__(self, x, scale):
            super().__init__()
            self.scale = scale

        def forward(self, x):
            return truth(x, self.scale)

    assert examine(Scaled, observing)[0]


# check, hint, solution


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


def test_in_ipython_a_result_is_printed_once_and_lines_are_those_of_the_cell():
    code = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("import sys; sys.path[:0] = {path!r}; import test_engine as t")
shell.run_cell("def f(x, scale):\\n    y = 1\\n    return x.nothing")
shell.run_cell("result, said = t.examine(f); print(said); result")
shell.run_cell("import torch\\nclass C:\\n    def __init__(self, x, scale): pass\\n    def go(self): torch.nn.ReLU()")
shell.run_cell("print(t.examine(C)[1])")
print(shell.display_formatter.format(shell.user_ns["result"]))
"""
    path = [str(__file__).rsplit("/", 1)[0], *sys.path]
    out = subprocess.run([sys.executable, "-c", code.format(path=path)], capture_output=True, text=True, check=True)
    assert "in line 3 of its cell, in `f`:\n    return x.nothing" in out.stdout
    assert out.stdout.count("your code raised") == 1
    assert "line 4 of its cell uses `torch.nn.ReLU`" in out.stdout
    assert out.stdout.rstrip().endswith("({}, {})")


# Diagnoses

MATRIX = torch.arange(12.0).reshape(3, 4) ** 2 + 1
MAPS = torch.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5) ** 1.5


@pytest.mark.parametrize(
    ("result", "expected", "part"),
    [
        (MATRIX.numpy(), MATRIX, "is of type ndarray, expected a tensor"),
        (MATRIX.T, MATRIX, "height and width are swapped"),
        (MAPS[0], MAPS[:1], "the batch's, is missing"),
        (MAPS[None], MAPS, "one axis too many in front"),
        (MAPS[..., 1:, 1:], MAPS, "height and width are one too small"),
        (MAPS[..., 2:], MAPS, "width is 2 cells too small"),
        (MAPS.permute(0, 2, 3, 1), MAPS, "expected (N, C, H, W)"),
        (MAPS.flatten(1), MAPS, "the right number of values, but 2 axes in place of 4"),
        (MATRIX, MATRIX.long(), "has dtype float32, expected int64: labels, counts and sizes are integers"),
        (MATRIX.long(), MATRIX > 5, "a mask is what a comparison"),
        (MATRIX.long(), MATRIX, "cut to integers"),
        (torch.zeros(3, 4), MATRIX, "is all zeros"),
        (torch.full((3, 4), 2.5), MATRIX, "is 2.5 everywhere"),
        (MATRIX * torch.tensor([1, 1, torch.nan, 1]), MATRIX, "holds NaN, first at (0, 2)"),
        (MATRIX[:3, :3].T, MATRIX[:3, :3], "rows and columns are swapped"),
        (MATRIX.flip(0, 1), MATRIX, "turned by 180°"),
        (MATRIX.flip(1), MATRIX, "mirrored left to right"),
        (MATRIX.roll(1, 1), MATRIX, "one column too late"),
        (MATRIX.roll(-1, 0), MATRIX, "one row too early"),
        (MAPS + torch.arange(3.0)[:, None, None], MAPS, "the bias is to be added, and once"),
        (3 * MATRIX, MATRIX, "is 3 times the expected one"),
        (F.pad(MAPS[..., 1:-1, 1:-1], (1, 1, 1, 1)), MAPS, "along the border: look at the padding"),
        (MATRIX + (MATRIX == 37), MATRIX, "differs in 1 of 12 values, most at (1, 2): 38, expected 37"),
        (torch.tensor([3.0, 2.0, 1.0]), torch.tensor([1.0, 2.0, 3.0]), "is in reverse order"),
        (torch.tensor(3.5), torch.tensor(3.0), "differs in its one value: 3.5, expected 3"),
        (7.5, 7, "use `//` in place of `/`"),
        (8, 7, "is 8, expected 7: one too many"),
        (torch.tensor(7), 7, "end with `.item()`"),
        (0.25, 0.5, "is 0.25, expected 0.5"),
        ("a", "b", "is 'a', expected 'b'"),
        ([4, 3], (3, 4), "height and width are swapped"),
        ((3, 5), (3, 4), "Item 1 of the result is 5, expected 4: one too many"),
        (3, (3, 4), "is the int 3, expected a tuple of 2"),
        ((3,), (3, 4), "has 1 items, expected 2"),
        ({"size": 3}, {"size": 3, "jump": 1}, "has no 'jump'"),
        ({"size": 3}, {"size": 4}, "The result['size'] is 3, expected 4"),
    ],
)
def test_a_classic_mistake_is_named(result, expected, part):
    sentence = compare(result, expected)
    assert sentence
    assert part in sentence
    assert sentence.endswith(".")


def test_a_mistake_that_the_judge_knows_is_named_unless_it_gives_the_right_value():
    kernel = torch.arange(9.0).reshape(1, 1, 3, 3)
    x = torch.arange(30.0).reshape(1, 1, 5, 6)
    right, flipped = F.conv2d(x, kernel), F.conv2d(x, kernel.flip(2, 3))
    assert compare(flipped, right, mistakes={"The kernel is flipped.": flipped}) == "The kernel is flipped."
    assert compare(right + 1, right, mistakes={"Never said.": right}) != "Never said."


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (MATRIX.double() + 1e-9, MATRIX),
        ([3, 4], (3, 4)),
        (1, 1.0),
        (float("nan"), float("nan")),
        (MATRIX.clone().requires_grad_(), MATRIX),
        ({"a": [1, MATRIX]}, {"a": [1, MATRIX]}),
    ],
)
def test_what_differs_only_in_form_is_right(result, expected):
    assert close(result, expected)
    assert compare(result, expected) is None
