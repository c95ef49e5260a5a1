"""Show how a run goes: one live display in a notebook, one line in a terminal, whole lines in a log."""

import base64
import contextlib
import html
import io
import shutil
import sys
import time
from collections.abc import Iterator
from typing import Any, Protocol

from torch import nn

from segedu.training import distributed
from segedu.training.device import Choice
from segedu.training.history import RECENT, History, headline
from segedu.training.schedule import out_of_time

LOG_EVERY = 30.0  # seconds between the lines of a log
LINE_EVERY = {"terminal": 0.1, "notebook": 0.5}  # seconds
CURVE_EVERY = 2.0  # seconds at least
CURVE_SHARE = 0.01  # the part of the time that drawing the live curve may take
SCORE_NAMES = {"mean_iou": "mIoU"}  # what a score is called where room is short


class Run(Protocol):
    """What there is to show of a run; a trainer has it."""

    model: nn.Module
    choice: Choice  # device and precision
    batch: int  # images per step
    step: int  # steps done
    total: int | None  # steps planned, if they are known yet
    minutes: float | None  # the budget, if it is not in steps
    seconds: float  # spent in training
    history: History


def display_mode() -> str:
    """Return "notebook" in a Jupyter kernel, "terminal" where a line can be rewritten, else "log"."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None and hasattr(shell, "kernel"):
        return "notebook"
    return "terminal" if sys.stdout.isatty() else "log"


class Progress:
    """What a run prints. `update` is called every step and is cheap; `close` leaves one short line without timings."""

    def __init__(self, enabled: bool = True, mode: str | None = None) -> None:
        self.mode = (mode or display_mode()) if enabled else "silent"
        self._width = 0
        self.begin()

    @contextlib.contextmanager
    def of(self, run: Run) -> Iterator[None]:
        """Show a run inside the block, and leave one short line after it, whatever ended it."""
        self.begin(announcement(run))
        try:
            yield
        except BaseException as error:
            self.close(last_line(run, error))
            raise
        self.close(last_line(run))

    def begin(self, line: str | None = None) -> None:
        """Start a display anew, in a notebook in the cell that runs now, below the line that announces the run."""
        self._next_line = self._next_curve = 0.0
        self._first: tuple[int, float] | None = None
        self._handle: Any = None
        self._curve = ""
        if line:
            self.say(line)

    def say(self, text: str) -> None:
        """Print a whole line that stays, such as what the run computes on."""
        if self.mode == "silent":
            return
        self._clear_line()
        self._write(text + "\n")

    def update(self, run: Run) -> None:
        """Show where the run is, at most every so often."""
        if self.mode == "silent":
            return
        now = time.monotonic()
        if self._first is None:
            self._first = (run.step, now)
            self._next_line = now + (LOG_EVERY / 6 if self.mode == "log" else 0.0)
            self._next_curve = now + CURVE_EVERY
        if now < self._next_line:
            return
        self._next_line = now + LINE_EVERY.get(self.mode, LOG_EVERY)
        self._show(self._live_line(run, now), run.history, now)

    def validated(self, run: Run) -> None:
        """Put a validation's result into a log as a line of its own; a live line shows it anyway."""
        if self.mode == "log":
            self._write(f"step {run.step}: {validation_text(run.history)}\n")

    def close(self, line: str) -> None:
        """End the display with one short line, the only thing that stays in a saved notebook."""
        if self.mode != "notebook" or self._handle is None:
            self.say(line)
            return
        with contextlib.suppress(Exception):  # a display that fails ends no run
            self._handle.update({"text/plain": line}, raw=True)

    def _show(self, line: str, history: History, now: float) -> None:
        if self.mode == "log":
            self._write(line + "\n")
        elif self.mode == "terminal":
            line = line[: shutil.get_terminal_size().columns - 1]  # what wraps can't be rewritten
            self._write("\r" + line.ljust(self._width))
            self._width = len(line)
        else:
            self._show_in_notebook(line, history, now)

    def _write(self, text: str) -> None:
        """Print to whatever is there: a console that lacks a sign gets "?", one that is closed gets no more."""
        try:
            try:
                sys.stdout.write(text)
            except UnicodeEncodeError:
                encoding = sys.stdout.encoding or "ascii"
                sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
            sys.stdout.flush()
        except (OSError, ValueError):  # closed
            self.mode = "silent"

    def _show_in_notebook(self, line: str, history: History, now: float) -> None:
        if now >= self._next_curve and len(history["loss"]) > 1:
            try:
                self._curve = live_curve(history)
            except Exception:  # a matplotlib that can't draw ends no run
                self._curve = ""
                self._next_curve = float("inf")
            else:
                spent = time.monotonic() - now
                self._next_curve = now + max(CURVE_EVERY, spent / CURVE_SHARE)
        page = f"<pre>{html.escape(line)}</pre>"
        if self._curve:
            page += f'<img alt="training loss and validation score so far" src="data:image/png;base64,{self._curve}">'
        bundle = {"text/plain": line, "text/html": page}
        try:
            self._display(bundle)
        except Exception:  # a front end that can't show it
            self.mode = "log"

    def _display(self, bundle: dict[str, str]) -> None:
        if self._handle is None:
            from IPython.display import display

            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)

    def _live_line(self, run: Run, now: float) -> str:
        assert self._first is not None
        history = run.history

        # Where the run is and how well it does.
        parts = [f"step {run.step}/{run.total}" if run.total else f"step {run.step}"]
        if history["loss"]:
            parts += [f"loss {recent_loss(history):.3f}", f"lr {history['lr'][-1]:.1e}"]
        if history["validation"]:
            parts.append(score_text(history["validation"][-1]))

        # How fast it is, and how long it still takes: by the clock until the number of steps is known.
        left = None if run.minutes is None else max(0.0, 60 * run.minutes - run.seconds)
        first_step, first_time = self._first
        steps, seconds = run.step - first_step, now - first_time
        if steps and seconds:
            parts.append(f"{steps / seconds:.1f} steps/s")
            if run.total:
                left = (run.total - run.step) * seconds / steps
        if left is not None:
            parts.append(f"{int(left) // 60}:{int(left) % 60:02d} left")
        return "  ".join(parts)

    def _clear_line(self) -> None:
        if self.mode == "terminal" and self._width:
            self._write("\r" + " " * self._width + "\r")
            self._width = 0


def announcement(run: Run) -> str:
    """Return the line before the first step: what is trained, how long, on what and why."""
    name = type(run.model).__name__
    count = sum(weight.numel() for weight in run.model.parameters())
    if run.total is not None and run.step >= run.total:
        return f"{name} has done its {run.step} steps; fit(steps=…) with a larger number goes on."
    if run.minutes is not None and out_of_time(run.seconds, run.minutes):
        return f"{name} has used up its {run.minutes:g} minutes; fit(minutes=…) with a larger number goes on."
    budget = f"{run.total} steps" if run.total else f"{run.minutes:g} minutes"
    start, end = (f" on from step {run.step}", " in all") if run.step else ("", "")
    together = f", {distributed.world()} processes" if distributed.world() > 1 else ""
    size = f"{run.batch} image{'s' if run.batch > 1 else ''} a step"
    return f"Training {name} ({count:,} parameters){start} for {budget}{end}, {size}, on {run.choice}{together}."


def last_line(run: Run, error: BaseException | None = None) -> str:
    """Return the line that stays: steps, losses and score, no timings, which would differ from build to build.

    error: what ended the run, if it is not the budget or the stop button.
    """
    unfinished = run.total is None or run.step < run.total
    line = f"{run.step} of {run.total} steps" if unfinished and run.total else f"{run.step} steps"
    if run.history["loss"]:
        line += f": training loss {recent_loss(run.history):.3f}"
    if run.history["validation"]:
        line += f", {validation_text(run.history)}"
    if not unfinished:
        return line + "."
    if error is not None and not isinstance(error, KeyboardInterrupt):
        return line + f"; ended by {type(error).__name__}."
    if out_of_time(run.seconds, run.minutes):
        return line + f"; the {run.minutes:g} minutes are used up, fit(minutes=…) with more goes on from here."
    return line + "; fit() goes on from here."


def recent_loss(history: History) -> float:
    """Return the mean loss of the last steps, of which `plot_history` tells, too."""
    recent = history["loss"][-RECENT:]
    return sum(recent) / len(recent) if recent else float("nan")


def validation_text(history: History) -> str:
    """Return the result of the last validation."""
    record = history["validation"][-1]
    if "loss" not in record:
        return score_text(record)
    return f"validation loss {record['loss']:.3f}, {score_text(record)}"


def score_text(record: dict[str, Any]) -> str:
    """Return a validation record's first score, such as "mIoU 0.412".

    >>> score_text({"step": 9, "loss": 1.0, "count_error": 2.5, "bias": 0.1})
    'count error 2.500'
    """
    return f"{score_name(record)} {record[headline(record)]:.3f}"


def score_name(record: dict[str, Any]) -> str:
    """Return what a record's first score is called."""
    return SCORE_NAMES.get(headline(record), headline(record).replace("_", " "))


def live_curve(history: History) -> str:
    """Return a small picture of training loss and validation score as base64 PNG, drawn without pyplot."""
    import matplotlib  # heavy, and only needed in a notebook
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"text.usetex": False}):  # a user's setting, which needs LaTeX
        return _draw_curve(Figure(figsize=(5.6, 2.2), layout="constrained"), history)


def _draw_curve(figure: Any, history: History) -> str:

    # On the left the loss, as means over some steps: more than 200 points are not seen, and cost time.
    left = figure.add_subplot()
    loss = history["loss"]
    stride = max(1, len(loss) // 200)
    starts = range(0, len(loss), stride)
    means = [sum(loss[i : i + stride]) / len(loss[i : i + stride]) for i in starts]
    left.plot([min(i + stride, len(loss)) for i in starts], means, color="#0072B2")
    left.set_xlabel("step")
    left.set_ylabel("training loss", color="#0072B2")

    # On the right the score, on the whole scale if it is a share.
    if history["validation"]:
        right = left.twinx()
        records = history["validation"]
        scores = [record[headline(record)] for record in records]
        right.plot([record["step"] for record in records], scores, "o-", color="#D55E00", markersize=3)
        if not any(score < 0 or score > 1 for score in scores):
            right.set_ylim(0, 1)
        right.set_ylabel(f"validation {score_name(records[-1])}", color="#D55E00")

    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=80)
    return base64.b64encode(png.getvalue()).decode()
