"""show_confusion: rows and columns are named, nothing that was predicted is cut off."""

import pytest
import torch

from segedu.viz import show_confusion
from segedu.viz.matrices import matrix_figure

ALT = "A description that is long enough."
CLASSES = ["sky", "road", "boulder", "pyramid"]
COUNTS = torch.tensor([[995, 5, 0, 0], [0, 10, 0, 0], [0, 0, 0, 0], [0, 1, 2, 1]])  # no boulder, but called so


@pytest.fixture
def drawn(monkeypatch):
    """Return what show_confusion passes on to matrix_figure, which draws it."""
    calls = []

    def record(*arguments, **options):
        calls.append((arguments, options))
        matrix_figure(*arguments, **options)

    monkeypatch.setattr("segedu.viz.confusion.matrix_figure", record)
    show_confusion(COUNTS, CLASSES, ALT)
    ((arguments, options),) = calls
    return arguments[0][0], options


def test_a_class_that_is_only_predicted_has_a_column_so_each_row_is_whole(drawn):
    cells, options = drawn
    assert options["rows"] == {0: ("true class", ["sky", "road", "pyramid"])}
    assert options["columns"] == {0: ("predicted class", CLASSES)}
    assert cells.tolist() == [[100, 0.5, 0, 0], [0, 100, 0, 0], [0, 25, 50, 25]]


def test_pixels_can_be_written_as_they_are(monkeypatch):
    figures = []
    monkeypatch.setattr("segedu.viz.matrices.show", lambda figure, *_, **__: figures.append(figure))
    show_confusion(COUNTS, CLASSES, ALT, shares=False)
    assert {"995", "true class →", "boulder"} <= {text.get_text() for text in figures[0].axes[0].texts}


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        (COUNTS[:3], r"shape \(3, 4\) for 4 classes; give \(C, C\), rows true"),
        (torch.zeros(4, 4), "counts holds no pixel"),
        (-COUNTS, "or fewer than none"),
    ],
)
def test_what_is_no_table_of_counts_is_named(counts, sentence):
    with pytest.raises(ValueError, match=sentence):
        show_confusion(counts, CLASSES, ALT)
