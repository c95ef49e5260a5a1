"""show(): a picture with a description, small, the same every time, and without traces in matplotlib's settings."""

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import matplotlib
import pytest
import torch
from matplotlib.figure import Figure

import segedu.viz
from segedu.viz import show, show_row

ALT = "A rising line from zero to one."
LOADED = """
import sys, segedu.viz
print("matplotlib" in sys.modules or "IPython" in sys.modules)
segedu.viz.curve([1, 2], {"loss": [3, 1]}, "step", "loss", "It falls", alt="A loss that falls from 3 to 1.")
print(*sorted(name.removeprefix("segedu.") for name in sys.modules if name.startswith("segedu.")))
"""


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
    with pytest.raises(TypeError, match="alt is a int; write"):
        show(line_figure(), 3)


def test_path_writes_what_is_displayed(tmp_path, displayed):
    import base64

    show(line_figure(), ALT, path=tmp_path / "line.png")
    assert base64.b64decode(displayed[0][0][0]["image/png"]) == (tmp_path / "line.png").read_bytes()


def test_figures_leave_matplotlib_settings_as_they_were():
    before = dict(matplotlib.rcParams)
    show_row([torch.rand(3, 5, 7)], ["noise"], ALT, title="A sentence")
    assert dict(matplotlib.rcParams) == before


def test_importing_viz_is_light_and_a_figure_loads_what_it_draws_with_and_no_other_figure():
    output = subprocess.check_output([sys.executable, "-c", LOADED], text=True)
    heavy, modules = output.splitlines()
    assert heavy == "False"
    helpers = ["viz._axes", "viz._display", "viz._line_ends", "viz._numbers", "viz._style"]
    assert modules.split() == ["viz", *helpers, "viz.charts", "viz.png"]


def test_the_stub_names_what_viz_offers_and_nothing_of_it_is_missing():
    stub = Path(segedu.viz.__file__).with_suffix(".pyi").read_text()
    assert segedu.viz.__all__ == sorted(re.findall(r" as (\w+)$", stub, re.MULTILINE))
    assert all(getattr(segedu.viz, name) is not None for name in segedu.viz.__all__)
