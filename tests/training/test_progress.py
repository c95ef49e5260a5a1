"""Progress: one live display in a notebook, one line in a terminal, whole lines in a log, silence elsewhere."""

import io
import re
import sys
import types

import pytest
import torch
from torch import nn

from segedu.training import progress as module
from segedu.training.progress import Progress, display_mode, live_curve
from segedu.training.trainer import Trainer

LAST = "6 steps: training loss 0.693, validation loss 0.693, mIoU 1.000."


def run(monkeypatch, mode, steps=6, **options):
    """Train a model that learns nothing for a few steps with the progress of `mode`, each line shown at once."""
    monkeypatch.setattr(module, "display_mode", lambda: mode)
    monkeypatch.setattr(module, "LOG_EVERY", 0.0)
    monkeypatch.setattr(module, "CURVE_EVERY", 0.0)
    monkeypatch.setattr(module, "LINE_EVERY", {"terminal": 0.0, "notebook": 0.0})
    sample = (torch.rand(3, 4, 5), torch.zeros(4, 5, dtype=torch.long))
    model = nn.Conv2d(3, 2, 1)
    nn.init.zeros_(model.weight)
    model.bias.data = torch.tensor([1e-4, 0.0])
    options = {"lr": 1e-30, "batch": 2, "validate_every": 2, "device": "cpu"} | options
    return Trainer(model, [sample] * 4, [sample], steps=steps, **options).fit()


@pytest.fixture
def notebook(monkeypatch):
    """Pretend to be in a notebook and return the list of what its displays went through."""
    shown = []

    class Handle:
        def update(self, bundle, raw):
            shown.append(("update", bundle))

    def display(bundle, raw, display_id):
        assert raw
        assert display_id
        shown.append(("display", bundle))
        return Handle()

    fake = types.ModuleType("IPython.display")
    fake.display = display
    monkeypatch.setitem(sys.modules, "IPython.display", fake)
    return shown


def test_a_log_gets_whole_lines_only(monkeypatch, capsys):
    run(monkeypatch, "log")
    text = capsys.readouterr().out
    assert "\r" not in text
    lines = text.splitlines()
    assert lines[0].startswith("Training Conv2d (8 parameters) for 6 steps, 2 images a step, on CPU")
    assert sum("validation loss" in line for line in lines[:-1]) == 3
    assert lines[-1] == LAST


def test_a_terminal_gets_one_line_that_is_rewritten_and_cleaned(monkeypatch, capsys):
    run(monkeypatch, "terminal")
    first, *live, last = capsys.readouterr().out.split("\n")[:-1]
    assert first.startswith("Training")
    assert not live
    assert last.count("\r") >= 6
    assert last.split("\r")[-1] == LAST
    assert "6/6" in last
    assert "steps/s" in last


def test_a_notebook_keeps_one_display_that_ends_as_one_short_line(monkeypatch, notebook, capsys):
    run(monkeypatch, "notebook")
    kinds = [kind for kind, _ in notebook]
    assert kinds.count("display") == 1
    assert notebook[-1] == ("update", {"text/plain": LAST})
    assert any("data:image/png;base64," in bundle["text/html"] for _, bundle in notebook[:-1])
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_second_fit_has_a_display_of_its_own(monkeypatch, notebook):
    run(monkeypatch, "notebook").fit(steps=8)
    assert [kind for kind, _ in notebook].count("display") == 2


def test_what_stays_holds_no_timing(monkeypatch, notebook, capsys):
    run(monkeypatch, "notebook")
    stays = capsys.readouterr().out + notebook[-1][1]["text/plain"]
    assert not re.search(r"\d+:\d\d|steps/s|seconds|left", stays)


def test_a_run_too_short_for_a_live_line_still_leaves_its_last_one(monkeypatch, capsys):
    monkeypatch.setattr(module, "LINE_EVERY", {"notebook": 1e9})
    Progress(mode="notebook").close("done.")
    assert capsys.readouterr().out == "done.\n"


def test_silence_on_request(monkeypatch, capsys):
    run(monkeypatch, "log", progress=False)
    assert capsys.readouterr().out == ""


def test_lines_are_rare(monkeypatch, capsys):
    monkeypatch.setattr(module, "display_mode", lambda: "log")
    sample = (torch.rand(3, 4, 5), torch.zeros(4, 5, dtype=torch.long))
    Trainer(nn.Conv2d(3, 2, 1), [sample], steps=50, batch=1, device="cpu").fit()
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_the_mode_is_found_out(monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False, raising=False)
    assert display_mode() == "log"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert display_mode() == "terminal"
    shell = types.SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    assert display_mode() == "notebook"


def test_a_stopped_run_says_how_to_go_on(monkeypatch, capsys):
    stopped = run(monkeypatch, "log")
    stopped.total = 10
    assert module.last_line(stopped).startswith("6 of 10 steps")
    assert module.last_line(stopped).endswith("fit() goes on from here.")


def test_drawing_the_curve_does_not_touch_pyplot(monkeypatch):
    monkeypatch.delitem(sys.modules, "matplotlib.pyplot", raising=False)
    record = {"step": 400, "loss": 1.0, "mean_iou": 0.5}
    assert live_curve({"loss": [1.0 / (k + 1) for k in range(500)], "lr": [], "validation": [record]})
    assert "matplotlib.pyplot" not in sys.modules


def test_the_curve_shows_scores_on_their_own_scale():
    def curve(score):
        record = {"step": 2, "count_error": score}
        return live_curve({"loss": [1.0, 0.5], "lr": [], "validation": [record]})

    assert curve(2.5) != curve(9.0)
    assert curve(0.2) != curve(0.9)


# A display that fails, and runs that end otherwise


class Raising:
    """Samples of which the fifth that is loaded raises an error."""

    def __init__(self, error):
        self.error, self.loaded = error, 0

    def __len__(self):
        return 4

    def __getitem__(self, index):
        self.loaded += 1
        if self.loaded == 6:
            raise self.error
        return torch.rand(3, 4, 5), torch.zeros(4, 5, dtype=torch.long)


@pytest.mark.parametrize(
    ("error", "end"),
    [(ValueError("damaged"), "ended by ValueError."), (KeyboardInterrupt(), "fit() goes on from here.")],
)
def test_after_an_error_a_notebook_keeps_one_short_line_too(monkeypatch, notebook, capsys, error, end):
    monkeypatch.setattr(module, "display_mode", lambda: "notebook")
    monkeypatch.setattr(module, "LINE_EVERY", {"notebook": 0.0})
    trainer = Trainer(nn.Conv2d(3, 2, 1), Raising(error), steps=6, batch=2, device="cpu")
    with pytest.raises((ValueError, KeyboardInterrupt)):
        trainer.fit()
    kind, bundle = notebook[-1]
    assert kind == "update"
    assert list(bundle) == ["text/plain"]
    assert re.fullmatch(r"2 of 6 steps: training loss \d\.\d{3}; " + re.escape(end), bundle["text/plain"])


def test_an_error_before_the_first_step_leaves_a_line_without_a_loss(monkeypatch, capsys):
    monkeypatch.setattr(module, "display_mode", lambda: "log")
    data = Raising(ValueError("damaged"))
    trainer = Trainer(nn.Conv2d(3, 2, 1), data, steps=6, batch=2, device="cpu")
    data.loaded = 4
    with pytest.raises(ValueError, match="damaged"):
        trainer.fit()
    assert capsys.readouterr().out.splitlines()[-1] == "0 of 6 steps; ended by ValueError."


def test_a_matplotlib_that_cannot_draw_turns_the_curve_off_and_ends_no_run(monkeypatch, notebook):
    drawn = []

    def fails(history):
        drawn.append(len(history["loss"]))
        raise RuntimeError("Failed to process string with tex because latex could not be found")

    monkeypatch.setattr(module, "live_curve", fails)
    assert run(monkeypatch, "notebook").step == 6
    assert drawn == [2], "tried once"
    assert notebook[-1] == ("update", {"text/plain": LAST})


def test_the_curve_is_drawn_without_latex_where_a_user_asks_for_it():
    import matplotlib

    record = {"step": 2, "mean_iou": 0.5}
    with matplotlib.rc_context({"text.usetex": True}):
        assert live_curve({"loss": [1.0, 0.5], "lr": [], "validation": [record]})
        assert matplotlib.rcParams["text.usetex"]


def test_a_front_end_that_cannot_display_ends_no_run(monkeypatch, capsys):
    fake = types.ModuleType("IPython.display")
    fake.display = lambda *arguments, **options: 1 / 0
    monkeypatch.setitem(sys.modules, "IPython.display", fake)
    assert run(monkeypatch, "notebook").step == 6
    assert capsys.readouterr().out.splitlines()[-1] == LAST


def test_a_line_is_cut_to_the_width_of_the_terminal(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "40")
    run(monkeypatch, "terminal")
    live = capsys.readouterr().out.split("\n")[-2].split("\r")[1:-1]
    assert live
    assert max(map(len, live)) == 39


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_a_console_that_lacks_a_sign_gets_another(monkeypatch, encoding):
    bytes_written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(bytes_written, encoding=encoding))
    stopped = run(monkeypatch, "log")
    stopped.fit()  # says fit(steps=…)
    sys.stdout.flush()
    assert b"has done its 6 steps" in bytes_written.getvalue()


def test_a_closed_console_ends_no_run(monkeypatch):
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed)
    assert run(monkeypatch, "log").step == 6


# A budget that is used up


def test_a_run_by_minutes_that_is_over_says_so_and_more_minutes_go_on(monkeypatch, capsys):
    over = run(monkeypatch, "log")
    over.steps, over.minutes = None, 1000
    over.total, over.seconds = over.step + 9, 1101 * 60.0  # the machine got slower after the plan
    assert module.last_line(over).endswith("the 1000 minutes are used up, fit(minutes=…) with more goes on from here.")
    over.fit()
    first, *_, last = capsys.readouterr().out.splitlines()[-2:]
    assert "has used up its 1000 minutes; fit(minutes=…) with a larger number goes on" in first
    assert "fit() goes on" not in last
    step = over.step
    assert over.fit(steps=step + 2).step == step + 2


def test_a_run_by_minutes_that_was_stopped_before_its_plan_says_how_to_go_on(monkeypatch):
    stopped = run(monkeypatch, "log")
    stopped.minutes, stopped.total, stopped.seconds = 5.0, None, 60.0
    assert module.last_line(stopped).startswith("6 steps: ")
    assert module.last_line(stopped).endswith("fit() goes on from here.")
