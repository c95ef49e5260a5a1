"""Diagnoses: what is wrong with a value, in one sentence."""

import pytest
import torch
import torch.nn.functional as F

from segedu.exercises.engine.compare import Judgement, close, compare, judged, together

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
        (MATRIX, MATRIX.long(), "has dtype float32, expected int64: labels, counts and sizes are integers (`.long()`)"),
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
        (MAPS + torch.arange(3.0)[:, None, None], MAPS, "one constant per channel"),
        (3 * MATRIX, MATRIX, "is 3 times the expected one"),
        (F.pad(MAPS[..., 1:-1, 1:-1], (1, 1, 1, 1)), MAPS, "along the border: look at the padding"),
        (MATRIX + (MATRIX == 37), MATRIX, "differs in 1 of 12 values, most at (1, 2): 38, expected 37"),
        (torch.tensor([3.0, 2.0, 1.0]), torch.tensor([1.0, 2.0, 3.0]), "is in reverse order"),
        (torch.tensor(3.5), torch.tensor(3.0), "differs in its one value: 3.5, expected 3"),
        (7.5, 7, "the float 7.5, expected the integer 7: use `//` in place of `/`"),
        (7.0, 7, "the float 7.0, expected the integer 7: end with `int(…)`"),
        (9.0, 7, "the float 9.0, expected the integer 7: it counts something"),
        (MATRIX / 2, MATRIX.long(), "integers (`//` in place of `/`)"),
        (8, 7, "is 8, expected 7: one too many"),
        (torch.tensor(7), 7, "end with `.item()`"),
        (0.25, 0.5, "is 0.25, expected 0.5"),
        ("a", "b", "is 'a', expected 'b'"),
        ([4, 3], (3, 4), "the two are swapped"),
        ((3, 5), (3, 4), "Item 1 of the result is 5, expected 4: one too many"),
        (3, (3, 4), "is the int 3, expected a tuple of 2"),
        ((3,), (3, 4), "has 1 item, expected 2"),
        ({"size": 3}, {"size": 3, "jump": 1}, "has no 'jump'"),
        ({"size": 3}, {"size": 4}, "The result['size'] is 3, expected 4"),
    ],
)
def test_a_classic_mistake_is_named(result, expected, part):
    sentence = compare(result, expected).difference
    assert part in sentence
    assert sentence.endswith(".")


def test_a_mistake_that_the_judge_knows_is_named_unless_it_gives_the_right_value():
    kernel = torch.arange(9.0).reshape(1, 1, 3, 3)
    x = torch.arange(30.0).reshape(1, 1, 5, 6)
    right, flipped = F.conv2d(x, kernel), F.conv2d(x, kernel.flip(2, 3))
    mistakes = [("The kernel is flipped.", flipped), ("Nothing is wrong.", right), ("It has no value here.", None)]
    assert compare(flipped, right, mistakes=mistakes).explained == ("The kernel is flipped.",)
    assert compare(right + 1, right, mistakes=mistakes).explained == ()
    assert compare(right, right, mistakes=mistakes).excluded == ("The kernel is flipped.",)


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
    assert compare(result, expected).right


def test_one_mistake_may_have_two_values():
    mistakes = [("Off by ten.", 17), ("Off by ten.", -3), ("Negated.", -7)]
    assert compare(17, 7, mistakes=mistakes) == Judgement(
        "The result is 17, expected 7.", ("Off by ten.",), ("Negated.",)
    )
    assert compare(-3, 7, mistakes=mistakes).explained == ("Off by ten.",)
    assert compare(7, 7, mistakes=mistakes) == Judgement("", (), ("Off by ten.", "Negated."))


LAYERS = [(3, 2, 1), (5, 1, 2)]


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        ([(3, 2, 1), (5, 1, 6)], "The padding of layer 2 is 6, expected 2."),
        ([(3, 2, 1), (5, 1)], "Layer 2 has 2 items, expected 3."),
        ([(3, 2, 1)], "Your list has 1 layer, expected 2."),
    ],
)
def test_entries_are_named_not_numbered(result, sentence):
    fields = ("kernel size", "stride", "padding")
    assert compare(result, LAYERS, name="your list", items="layer", fields=fields).difference == sentence


def test_fields_of_a_pair_and_of_a_dict_are_named():
    assert compare((4, 3), (3, 4), fields=("height", "width")).difference.endswith(": height and width are swapped.")
    assert compare((5, 4), (3, 4), fields=("height", "width")).difference == "The height is 5, expected 3."
    assert compare({"p": 5}, {"p": 3}, fields={"p": "padding"}).difference == "The padding is 5, expected 3."


def test_parts_are_judged_together():
    first = compare(1, 1, mistakes=[("Both are doubled.", 2), ("The first is one too many.", 2)])
    second = compare(6, 3, mistakes=[("Both are doubled.", 6), ("The second is doubled.", 6)])
    both = together(first, second, "never said", None)
    assert both.difference == second.difference
    assert both.explained == ("The second is doubled.",)


def test_a_property_is_evidence_too():
    judgement = judged("It leaves 3 holes.", [("A", True), ("B", False), ("C", None), ("D", False), ("D", True)])
    assert judgement == Judgement("It leaves 3 holes.", ("A", "D"), ("B",))
    assert judgement.saying("In other words.").explained == ("A", "D")
    assert judged(None, [("A", True)]).saying("never said").right
