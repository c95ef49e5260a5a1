"""Sizes of convolutions and transposed convolutions: ints and pairs, what comes back, and what can't be."""

import pytest

from segedu.ops.sizes import output_pair, output_size, pair, transposed_output_pair, transposed_output_size


def test_an_int_for_ints_and_a_pair_for_pairs() -> None:
    assert output_size(7, 3, stride=2) == 3
    assert output_size((5, 7), 3) == (3, 5)
    assert output_size(7, (3, 1)) == (5, 7)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"kernel_size": 0}, ValueError, "kernel_size is 0; it must be at least 1"),
        ({"kernel_size": 3, "stride": 0}, ValueError, "stride is 0"),
        ({"kernel_size": 3, "padding": -1}, ValueError, "padding is -1; it must be at least 0"),
        ({"kernel_size": 1.5}, TypeError, "kernel_size is 1.5; give an int, or a pair"),
        ({"kernel_size": (1, 2, 3)}, TypeError, "pair"),
    ],
)
def test_impossible_options_are_named(options: dict, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        output_size(7, **options)


def test_transposed_too_an_int_for_ints_and_a_pair_for_pairs() -> None:
    assert transposed_output_size(4, 3, stride=2) == 9
    assert transposed_output_size((2, 3), 3, stride=2) == (5, 7)
    assert transposed_output_size(4, 3, stride=2, output_padding=(0, 1)) == (9, 10)


def test_sizes_that_a_stride_lost_come_back_by_output_padding() -> None:
    for size in range(5, 30):
        small = (size + 2 - 3) // 2 + 1  # a convolution with kernel 3, stride 2, padding 1
        extra = (size + 2 - 3) % 2
        assert transposed_output_size(small, 3, stride=2, padding=1, output_padding=extra) == size


def test_impossible_transposed_sizes_are_explained() -> None:
    with pytest.raises(ValueError, match="the stamps cover 3 cells along the height and padding 2 crops 4 of them"):
        transposed_output_size((1, 9), 3, padding=2)
    with pytest.raises(ValueError, match="along the width, with stride 2 and dilation 1; it must be smaller"):
        transposed_output_size(4, 3, stride=2, output_padding=(0, 2))


def test_each_option_counts_along_its_own_axis() -> None:
    assert output_size((20, 30), (3, 5), (2, 3), (1, 4), (4, 2)) == (7, 10)
    assert transposed_output_size((4, 6), (3, 5), (2, 3), (1, 4), (1, 2), (4, 2)) == (14, 18)
    with pytest.raises(ValueError, match="along its width"):
        output_size((20, 3), (3, 5))
    with pytest.raises(ValueError, match="nothing is left"):
        transposed_output_size((9, 1), 3, padding=(0, 2))
    with pytest.raises(ValueError, match="output_padding is 2 along the height, with stride 1"):
        transposed_output_size(4, 3, stride=(1, 3), output_padding=2)


def test_as_a_pair_the_sizes_are_the_same() -> None:
    assert output_pair(7, 3, 2, 1, 2) == (3, 3)
    assert transposed_output_pair(4, 3, (2, 3), 1, 1, 2) == (10, 13)


def test_lists_are_pairs_too_and_words_are_none() -> None:
    assert pair([2, 3], "stride") == (2, 3)
    with pytest.raises(TypeError, match="stride is '12'; give an int, or a pair"):
        pair("12", "stride")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="stride"):
        pair((2, 3.0), "stride")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"stride is \(2, 0\); it must be at least 1"):
        pair((2, 0), "stride")
