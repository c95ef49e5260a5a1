"""The Python half of the transposed-convolution explorer: torch's numbers, what is refused, the picture."""

import io
import random

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from segedu.widgets import TransposedConvolutionExplorer
from segedu.widgets.transposed.explorer import RANGES, default_image, default_kernel
from segedu.widgets.transposed.figure import Scene


def random_setting(rng):
    """Return arguments of an explorer, of any sizes and options it takes; some of them torch refuses."""
    matrix = lambda rows, cols: [[rng.randint(-5, 5) for _ in range(cols)] for _ in range(rows)]  # noqa: E731
    image, kernel = matrix(rng.randint(1, 6), rng.randint(1, 6)), matrix(rng.randint(1, 5), rng.randint(1, 5))
    return {"image": image, "kernel": kernel} | {name: rng.randint(*ends) for name, ends in RANGES.items()}


def torchs(setting):
    """Return torch's own output in float64, or None where it raises."""
    image, kernel = (torch.tensor(setting[name], dtype=torch.float64)[None, None] for name in ("image", "kernel"))
    try:
        return F.conv_transpose2d(image, kernel, **{name: setting[name] for name in RANGES})[0, 0]
    except RuntimeError:
        return None


def test_output_is_torchs_and_refused_where_torch_refuses():
    rng, refused = random.Random(0), 0
    for _ in range(150):
        setting = random_setting(rng)
        explorer, expected = TransposedConvolutionExplorer(**setting), torchs(setting)
        assert explorer.fits == (expected is not None), setting
        if expected is None:
            refused += 1
            with pytest.raises(ValueError, match=r"nothing is left|smaller than the larger"):
                _ = explorer.output
        else:
            assert torch.equal(explorer.output, expected)
    assert 20 < refused < 130


def test_overlap_is_the_output_of_ones_on_ones():
    rng = random.Random(1)
    for _ in range(40):
        setting = random_setting(rng)
        explorer = TransposedConvolutionExplorer(**setting)
        ones = {name: np.ones_like(setting[name]).tolist() for name in ("image", "kernel")}
        if explorer.fits:
            assert torch.equal(explorer.overlap.double(), torchs(setting | ones))


def test_the_players_start_in_the_middle_and_where_most_stamps_overlap():
    explorer = TransposedConvolutionExplorer()
    assert divmod(explorer.position, 4) == (1, 2)
    assert explorer.overlap.flatten()[explorer.target] == explorer.overlap.max() == 4
    explorer = TransposedConvolutionExplorer(position=3, target=5)
    assert (explorer.position, explorer.target) == (3, 5)


def test_the_default_kernel_differs_from_its_flip_and_the_default_input_is_no_square():
    assert default_kernel() != [row[::-1] for row in default_kernel()[::-1]]
    assert len(default_image()) != len(default_image()[0])


@pytest.mark.parametrize(
    "options", [{}, {"padding": 1, "output_padding": 1}, {"padding": 2, "dilation": 2, "stride": 3}]
)
def test_the_picture_draws_torchs_numbers(options):
    explorer = TransposedConvolutionExplorer(position=99, target=0, **options)
    image, kernel = (np.array(rows, dtype=float) for rows in (explorer.image, explorer.kernel))
    numbers = (getattr(explorer, name) for name in RANGES)
    scene = Scene(image, kernel, explorer.output.numpy(), *numbers, position=99, target=0, predict=False)
    sums, ((top, bottom), (left, right)) = scene.stamps()
    assert np.array_equal(sums[top : len(sums) - bottom, left : sums.shape[1] - right], scene.output)
    stuffed, is_input, _ = scene.stuffed()
    flipped = torch.from_numpy(kernel).flip(0, 1)
    gathered = F.conv2d(torch.from_numpy(stuffed)[None, None], flipped[None, None], dilation=explorer.dilation)
    assert np.array_equal(gathered[0, 0].numpy(), scene.output)
    assert is_input.sum() == image.size


def test_the_gather_picture_crops_input_cells_that_reach_nothing():
    explorer = TransposedConvolutionExplorer(kernel=[[1]], stride=1, padding=1)
    scene = Scene(*(np.array(rows, dtype=float) for rows in (explorer.image, explorer.kernel)), explorer.output.numpy(),
                  1, 1, 0, 1, 0, 0, False)  # fmt: skip
    assert scene.stuffed()[0].tolist() == [[1, 2]]


def test_picture_and_repr_are_the_same_in_every_run():
    one, two = (TransposedConvolutionExplorer(padding=1, output_padding=1) for _ in range(2))
    assert one.picture() == two.picture()
    expected = "TransposedConvolutionExplorer(image=3×4, kernel=3×3, stride=2, padding=1, output_padding=1, dilation=1)"
    assert repr(one) == repr(two) == expected
    assert Image.open(io.BytesIO(one.picture())).width == 1056


def test_predicting_hides_the_numbers_of_the_picture():
    assert TransposedConvolutionExplorer(predict=True).picture() != TransposedConvolutionExplorer().picture()


def test_the_alt_text_says_sizes_and_counts():
    text = TransposedConvolutionExplorer().describe()
    assert "3 by 4 input" in text
    assert "7 by 9 output" in text
    assert text.endswith("A map counts the stamps on each output cell: 1, 2, 4.")


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ({"output_padding": 2}, "output_padding is 2 along the height, with stride 2 and dilation 1"),
        ({"kernel": [[1]], "image": [[1, 2]], "padding": 4}, "padding 4 crops 8 of them: nothing is left"),
    ],
)
def test_a_refused_setting_is_allowed_and_explained(setting, reason):
    explorer = TransposedConvolutionExplorer(**setting)
    assert not explorer.fits
    assert reason in explorer.reason
    assert reason in explorer.describe()
    assert len(explorer.picture()) > 1000
    with pytest.raises(ValueError, match=r"output_padding is 2|nothing is left"):
        _ = explorer.overlap


def test_state_is_what_the_view_needs_and_no_layout():
    state = TransposedConvolutionExplorer().state()
    assert set(state) == {"image", "kernel", "position", "target", "predict", *RANGES}
    assert all(type(value) is int for row in state["image"] for value in row)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"image": torch.ones(3, 5, 7)}, r"image has shape \(3, 5, 7\); give \(height, width\)"),
        ({"image": torch.ones(7, 5)}, r"image has shape \(7, 5\); give \(height, width\) with 1 to 6"),
        ({"kernel": torch.ones(6, 1)}, r"kernel has shape \(6, 1\); give \(height, width\) with 1 to 5"),
        ({"image": [[float("inf")]]}, "not finite"),
        ({"stride": 0}, "stride is 0; give one whole number from 1 to 4, for both axes"),
        ({"stride": (2, 1)}, r"stride is \(2, 1\); give one whole number"),
        ({"padding": -1}, "padding is -1; give one whole number from 0 to 4"),
        ({"output_padding": 5}, "output_padding is 5; give one whole number from 0 to 4"),
        ({"dilation": True}, "dilation is True; give one whole number from 1 to 2"),
    ],
)
def test_bad_arguments_are_refused_with_the_cure(given, message):
    with pytest.raises(ValueError, match=message):
        TransposedConvolutionExplorer(**given)


def test_a_trait_set_later_is_checked_too():
    explorer = TransposedConvolutionExplorer()
    with pytest.raises(ValueError, match="stride is 9"):
        explorer.stride = 9
    explorer.kernel = torch.ones(2, 2)
    assert explorer.kernel == [[1, 1], [1, 1]]


def test_the_window_starts_nearest_to_the_middle_of_the_cells_with_most_stamps():
    """Stride 1, kernel 3: most stamps reach the inner cells, rows 2 to 3 and columns 2 to 5 of 6 × 8; not the first."""
    explorer = TransposedConvolutionExplorer(torch.ones(4, 6), torch.ones(3, 3), stride=1)
    assert explorer.target == 2 * 8 + 3
