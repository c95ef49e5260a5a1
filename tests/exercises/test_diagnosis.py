"""A known mistake is said only if the evidence of all cases is for it, with a case that it explains."""

import dataclasses

import pytest
import torch
from scaled_relu import EXERCISE, examine, truth

from segedu.exercises.engine.compare import compare, judged, together
from segedu.exercises.engine.diagnosis import named_mistake
from segedu.exercises.engine.judgement import Judgement

UNSCALED = "The scale is forgotten."
ABSOLUTE = "Negative values count as positive ones."


def judge(arguments, result, expected):
    x, scale = arguments.values()
    mistakes = [(UNSCALED, expected / scale), (ABSOLUTE, scale * x.abs()), (ABSOLUTE, x.abs())]
    return compare(result, expected, mistakes=mistakes)


NAMING = dataclasses.replace(EXERCISE, judge=judge)  # its cases have 6, 15, 24 and 35 values


def wrong_from(size, mistake):
    """Return an answer that makes a mistake in each case of at least so many values."""
    return lambda x, scale: mistake(x, scale) if x.numel() >= size else truth(x, scale)


def wrong_to(size, mistake, other):
    """Return an answer that makes a mistake in each case of at most so many values, and another one in the others."""
    return lambda x, scale: mistake(x, scale) if x.numel() <= size else other(x, scale)


def unscaled(x, scale):
    return x * (x > 0)


def absolute(x, scale):
    return scale * x.abs()


def off(x, scale):
    return truth(x, scale) + 1 + x**2


def test_a_mistake_that_explains_all_cases_is_said_with_the_smallest():
    result, message = examine(unscaled, NAMING)
    assert result.message == UNSCALED
    assert "shape (2, 3)" in message


def test_a_mistake_that_a_passing_case_excludes_is_not_said():
    result, message = examine(wrong_from(30, unscaled), NAMING)
    assert UNSCALED not in message
    assert "differs in" in result.message or "times the expected" in result.message
    assert "shape (5, 7)" in message  # the one that fails


def test_a_mistake_is_said_if_it_explains_half_of_the_failing_cases_and_not_if_less():
    assert examine(wrong_to(15, unscaled, off), NAMING)[0].message == UNSCALED
    assert examine(wrong_to(6, unscaled, off), NAMING)[0].message != UNSCALED


def test_the_case_that_is_shown_is_one_that_the_sentence_explains():
    result, message = examine(wrong_to(6, off, absolute), NAMING)
    assert result.message == ABSOLUTE
    assert "shape (3, 5)" in message  # not the smallest failing one, which shows another mistake


def doubled(x, scale):
    return 2 * truth(x, scale)


def tripled(x, scale):
    return 3 * truth(x, scale)


def zeros(x, scale):
    return torch.zeros_like(x)


def turned(x, scale):
    return truth(x, scale).flip(0)


def test_a_usual_reason_is_said_if_half_of_the_failing_cases_show_it():
    for wrong, sentence in ((doubled, "is 2 times the expected one"), (zeros, "is all zeros"), (turned, "upside down")):
        assert sentence in examine(wrong, NAMING)[0].message
        assert sentence in examine(wrong_to(15, wrong, off), NAMING)[0].message
        result = examine(wrong_to(6, wrong, off), NAMING)[0]
        assert sentence not in result.message
        assert "differs in" in result.message
        assert result.case.arguments["x"].shape == (2, 3)


def test_a_usual_reason_is_shown_with_a_case_that_has_it():
    result, message = examine(wrong_to(6, off, doubled), NAMING)
    assert "is 2 times the expected one" in result.message
    assert "shape (3, 5)" in message


def test_a_factor_may_be_another_one_in_each_case():
    assert "is 2 times the expected one" in examine(wrong_to(15, doubled, tripled), NAMING)[0].message


def test_shapes_and_orders_too_have_their_reason_from_half_of_the_cases():
    def cropped(x, scale):
        return truth(x, scale)[1:]

    def strange(x, scale):
        return truth(x, scale)[1:, 2:]

    assert "height is one too small" in examine(wrong_to(15, cropped, strange), NAMING)[0].message
    message = examine(wrong_to(6, cropped, strange), NAMING)[0].message
    assert message == "The result has shape (1, 3), expected (2, 3)."


def test_one_too_many_in_one_case_of_four_is_no_reason():
    counting = dataclasses.replace(EXERCISE, judge=lambda arguments, result, expected: compare(result, 3))
    assert examine(lambda x, scale: 4, counting)[0].message == "The result is 4, expected 3: one too many."
    message = examine(lambda x, scale: 4 if x.numel() == 6 else x.numel(), counting)[0].message
    assert message == "The result is 4, expected 3."


def test_parts_and_other_words_keep_the_evidence_for_a_usual_reason():
    judgement = compare(torch.zeros(2), torch.ones(2))
    assert together(judgement, compare(1, 1)).reason == judgement.reason == "is all zeros"
    assert judgement.saying("In other words.").reason == ""


def test_cases_that_raise_count_as_failing():
    def raises(x, scale):
        raise KeyError(scale)

    assert examine(wrong_to(6, unscaled, raises), NAMING)[0].outcome == "not yet"
    assert UNSCALED not in examine(wrong_to(6, unscaled, raises), NAMING)[1]
    assert examine(wrong_to(15, unscaled, raises), NAMING)[0].message == UNSCALED


def test_a_sentence_says_where_it_differs_and_names_no_mistake():
    plain = dataclasses.replace(EXERCISE, judge=lambda arguments, result, expected: "It differs.")
    assert examine(truth, plain)[0].message == "It differs."


def test_a_property_exercise_names_mistakes_by_what_the_result_shows():
    def shows(arguments, result, expected):
        if result.equal(expected):
            return judged(None, [(UNSCALED, False if expected.any() else None)])
        return judged("It differs.", [(UNSCALED, result.sum().item() < expected.sum().item())])

    naming = dataclasses.replace(EXERCISE, judge=shows)
    assert examine(truth, naming)[0]
    assert examine(unscaled, naming)[0].message == UNSCALED
    assert examine(wrong_from(30, unscaled), naming)[0].message == "It differs."


@pytest.mark.parametrize(
    ("explained", "expected"),
    [
        ([("A",), ("A", "B"), ("B",)], "A"),  # a tie: the one that is listed first
        ([("B",), ("A", "B"), ("A",), ("A",)], "A"),
        ([(), (), ("A",)], None),
        ([], None),
    ],
)
def test_the_mistake_that_explains_most_is_said(explained, expected):
    assert named_mistake([Judgement("It differs.", each) for each in explained], []) == expected
