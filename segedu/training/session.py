"""What a run changes in the process while it lasts, and puts back: random generators, switches, the stop button."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

import torch

from segedu.seeding import fold, seeded

NOT_DETERMINISTIC = (
    "deterministic=True, but {error} On a GPU take up='transposed' instead of bilinear upsampling, and CrossEntropy() "
    "or another loss that sees a list of pixels, logits.movedim(1, -1).flatten(0, -2). Or leave deterministic out."
)


@contextlib.contextmanager
def left_as_found(device: torch.device, seed: int, deterministic: bool) -> Iterator[None]:
    """Set what training needs and restore it: random states, grad mode, matmul precision, deterministic algorithms."""
    gpus = [device.index or 0] if device.type == "cuda" else []
    precision = torch.get_float32_matmul_precision()
    strict = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    grad = torch.inference_mode(False), torch.enable_grad()
    with seeded(fold(seed, "session")), torch.random.fork_rng(gpus), grad[0], grad[1]:
        try:
            if device.type == "cuda":
                torch.set_float32_matmul_precision("high")
            if deterministic:
                os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without it cuBLAS refuses
                torch.use_deterministic_algorithms(True)
            yield
        except RuntimeError as error:
            if deterministic and "deterministic" in str(error):
                raise RuntimeError(NOT_DETERMINISTIC.format(error=str(error).split(". ")[0] + ".")) from error
            raise
        finally:
            torch.set_float32_matmul_precision(precision)
            torch.use_deterministic_algorithms(strict, warn_only=warn_only)


def seed_dropout(device: torch.device, seed: int) -> None:
    """Seed the generators that a model draws from. torch.manual_seed would queue a call for each GPU not yet in use."""
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)
    elif device.type == "mps":
        torch.mps.manual_seed(seed)


class StopButton:
    """Inside the block the notebook's stop button (Ctrl-C) sets `pressed`; pressed again, it interrupts as usual.

    SIGTERM, by which a cluster or a container ends a process, and which torchrun passes on, does the same. Between
    `hold` and `release` nothing interrupts: what was pressed meanwhile does so then. Only a main thread hears signals.
    """

    def __init__(self) -> None:
        in_main = threading.current_thread() is threading.main_thread()
        self._signals = [signal.SIGINT, signal.SIGTERM] if in_main else []
        self._handlers_before: dict[int, Any] = {}
        self._held = False
        self._interrupts = False
        self.pressed = False

    def __enter__(self) -> "StopButton":
        self.pressed = self._held = self._interrupts = False
        self._handlers_before = {number: signal.signal(number, self._press) for number in self._signals}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._handlers_before.items():
            signal.signal(number, handler)

    def hold(self) -> None:
        """Let nothing interrupt from here on."""
        self._held = True

    def release(self) -> None:
        """Interrupt now if it was pressed twice meanwhile."""
        self._held = False
        if self._interrupts:
            raise KeyboardInterrupt

    def _press(self, number: int, frame: FrameType | None) -> None:
        self._interrupts = self.pressed
        self.pressed = True
        if self._interrupts and not self._held:
            raise KeyboardInterrupt
