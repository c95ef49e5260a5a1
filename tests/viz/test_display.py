"""show(): a picture with a description, small, the same every time, and without traces in matplotlib's settings."""

import io
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image

import segedu.viz
from segedu.viz import TAP_COLORS, show, show_row
from segedu.viz._display import encode
from segedu.viz._style import line_height, styled, text_width, wrap

ALT = "A rising line from zero to one."


def line_figure() -> Figure:
    figure = Figure(figsize=(3, 2))
    figure.add_subplot().plot([0, 1], [0, 1])
    return figure


@pytest.fixture
def displayed(monkeypatch):
    """Pretend to be in a notebook; collect what is displayed."""
    import IPython
    import IPython.display

    calls = []
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace())
    monkeypatch.setattr(IPython.display, "display", lambda *args, **kwargs: calls.append((args, kwargs)))
    return calls


def test_show_displays_a_png_whose_metadata_carries_alt(displayed):
    show(line_figure(), ALT)
    ((bundle,), keywords), *rest = displayed
    assert not rest
    assert set(bundle) == {"image/png", "text/plain"}
    assert keywords == {"raw": True, "metadata": {"image/png": {"alt": ALT}}}


def test_show_closes_the_figure_so_that_pyplot_does_not_draw_it_again():
    import matplotlib.pyplot as plt

    figure, _ = plt.subplots()
    show(figure, ALT)
    assert not plt.fignum_exists(figure.number)


def test_show_is_quiet_outside_ipython(capsys):
    assert show(line_figure(), ALT) is None
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("alt", ["", "   ", "a plot", " " * 30 + "short"])
def test_show_refuses_a_description_that_describes_nothing(alt):
    with pytest.raises(ValueError, match=r"has \d+ characters; describe in at least 20"):
        show(line_figure(), alt)


def test_show_refuses_a_description_that_is_no_text():
    with pytest.raises(TypeError, match="alt is a NoneType; write"):
        show(line_figure(), None)


def test_the_same_figure_gives_the_same_bytes_without_date_or_version():
    first, second = encode(line_figure()), encode(line_figure())
    assert first == second
    assert not Image.open(io.BytesIO(first)).info.keys() & {"Software", "Creation Time", "Title"}
    assert b"atplotlib" not in first


def test_a_transparent_figure_becomes_white():
    figure = line_figure()
    figure.patch.set_alpha(0)
    assert Image.open(io.BytesIO(encode(figure))).convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_a_picture_with_many_colors_is_reduced_and_keeps_its_flat_colors():
    figure = Figure(figsize=(4, 4))
    axes = figure.add_axes((0, 0, 1, 1))
    pixels = np.random.default_rng(0).integers(0, 256, (400, 400, 3), dtype=np.uint8)
    pixels[:100] = (213, 94, 0)
    axes.imshow(pixels, interpolation="nearest")
    axes.set_axis_off()
    picture = Image.open(io.BytesIO(encode(figure, crop=False)))
    assert picture.mode == "P"
    assert picture.convert("RGB").getpixel((200, 50)) == (213, 94, 0)


def test_path_writes_what_is_displayed(tmp_path, displayed):
    import base64

    show(line_figure(), ALT, path=tmp_path / "line.png")
    assert base64.b64decode(displayed[0][0][0]["image/png"]) == (tmp_path / "line.png").read_bytes()


def test_figures_leave_matplotlib_settings_as_they_were():
    before = dict(matplotlib.rcParams)
    show_row([torch.rand(3, 5, 7)], ["noise"], ALT, title="A sentence")
    assert dict(matplotlib.rcParams) == before


def test_figures_look_the_same_under_any_style(tmp_path):
    arguments = ([torch.eye(5, 7)], ["eye"], ALT)
    show_row(*arguments, title="A sentence", path=tmp_path / "plain.png")
    with matplotlib.rc_context({"font.size": 30, "text.color": "red", "figure.facecolor": "black", "savefig.dpi": 30}):
        show_row(*arguments, title="A sentence", path=tmp_path / "styled.png")
    assert (tmp_path / "plain.png").read_bytes() == (tmp_path / "styled.png").read_bytes()


LOADED = """
import sys, segedu.viz
print("matplotlib" in sys.modules or "IPython" in sys.modules)
segedu.viz.curve([1, 2], {"loss": [3, 1]}, "step", "loss", "It falls", alt="A loss that falls from 3 to 1.")
print(*sorted(name.removeprefix("segedu.") for name in sys.modules if name.startswith("segedu.")))
"""


def test_importing_viz_is_light_and_a_figure_loads_what_it_draws_with_and_no_other_figure():
    output = subprocess.check_output([sys.executable, "-c", LOADED], text=True)
    heavy, modules = output.splitlines()
    assert heavy == "False"
    assert modules.split() == ["viz", "viz._axes", "viz._display", "viz._style", "viz.charts"]


def test_the_stub_names_what_viz_offers_and_nothing_of_it_is_missing():
    stub = Path(segedu.viz.__file__).with_suffix(".pyi").read_text()
    assert segedu.viz.__all__ == sorted(re.findall(r" as (\w+)$", stub, re.MULTILINE))
    assert all(getattr(segedu.viz, name) is not None for name in segedu.viz.__all__)


def test_taps_have_twenty_five_different_colors():
    assert len(set(TAP_COLORS)) == 25
    assert TAP_COLORS[:3] == ("#0072B2", "#E69F00", "#009E73")


def test_wrap_keeps_words_and_stays_within_the_width():
    text = "A title that is a sentence and goes on for a while"
    lines = wrap(text, 150, 12)
    assert " ".join(lines) == text
    assert max(text_width(line, 12) for line in lines) <= 150
    assert line_height(12) > 12


def test_style_ends_with_its_block():
    with styled():
        assert matplotlib.rcParams["axes.grid"]
    assert not matplotlib.rcParams["axes.grid"]
