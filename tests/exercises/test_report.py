"""What `check` prints: the outcome, then the smallest failing input with its result."""

import torch
from scaled_relu import examine, truth

from segedu.exercises.engine import show


def test_a_wrong_answer_is_shown_the_smallest_failing_input():
    result, message = examine(lambda x, scale: scale * x)
    assert not result
    assert result.outcome == "not yet"
    assert "0 of 4 cases are right" in message
    assert "x = float32 tensor of shape (2, 3)\n" in message  # the smallest, in full
    assert "Your result:" in message
    assert "Expected:" in message


def test_large_inputs_are_shown_as_dtype_and_shape():
    def wrong_for_large(x, scale):
        return truth(x, scale) if x.numel() < 30 else truth(x, scale) + 1

    assert "x = float32 tensor of shape (5, 7)\n" not in examine(truth)[1]
    assert show.shown(torch.zeros(9, 9)) == "float32 tensor of shape (9, 9)"
    assert "3 of 4 cases are right" in examine(wrong_for_large)[1]


def test_prints_are_shown_once_with_the_shown_case():
    def talks(x, scale):
        print("shape", tuple(x.shape))
        return truth(x, scale)

    assert examine(talks)[1].endswith("Printed by your function:\n    shape (2, 3)")
