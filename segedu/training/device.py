"""Which device a run uses and in which precision, each choice with its reason."""

import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from segedu._shipped import downloads
from segedu.seeding import checked_seed
from segedu.training.distributed import environment_number
from segedu.training.nests import map_tensors

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
NO_CUDA = "no CUDA GPU is visible here: on Colab choose Runtime > Change runtime type > T4 GPU; else leave device out"
NO_MPS = "no Apple GPU is visible here: it needs a Mac with Apple silicon; leave device out to take what there is"


@dataclass(frozen=True)
class Choice:
    """Where to compute (`device`), in what (`precision`: fp32, bf16 or fp16), and why (`reason`)."""

    device: torch.device
    precision: str
    reason: str

    def __str__(self) -> str:
        return f"{device_name(self.device)} in {self.precision} ({self.reason})"

    def autocast(self) -> torch.autocast:
        """Return the context in which the model runs; in fp32 it changes nothing."""
        enabled = self.precision != "fp32"
        return torch.autocast(self.device.type, DTYPES[self.precision] if enabled else None, enabled=enabled)

    def in_precision(self, model: Callable[..., Any]) -> Callable[..., Any]:
        """Return the model as a function that computes in this precision and gives float32, in any nest of tensors."""

        def run(*inputs: Any) -> Any:
            with self.autocast():
                outputs = model(*inputs)
            return map_tensors(_to_float32, outputs)

        return run


def _to_float32(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.is_floating_point() else tensor


def pick_device(device: str | torch.device | None = None, precision: str | None = None) -> Choice:
    """Choose a device (CUDA, then MPS, then CPU) and a precision for training, and say why.

    device: "cuda", "cuda:1", "mps", "cpu" or None for the best there is; precision: "fp32", "bf16", "fp16" or None for
    the best that the device computes in hardware. CUDA's compute capability decides, since a T4 reports support for
    bf16 and emulates it: bf16 from 8.0 on, fp16 on 7.x, fp32 elsewhere.

    Raises ValueError if the device is missing, or if the precision would be slower than fp32 there.

    >>> pick_device("cpu").precision
    'fp32'
    """
    chosen, why_device = _find_device(device)
    best, why_precision = _best_precision(chosen)
    if precision is None:
        return Choice(chosen, best, f"{why_device}; {why_precision}")
    _refuse_precision(chosen, precision)
    return Choice(chosen, precision, f"{why_device}; {precision} was asked for")


def setup(seed: int = 0) -> None:
    """Print one line on what this session runs on (device, precision, reason, where data comes from) and set the seed.

    Seeds torch, NumPy and Python's `random` with `seed`. Call it once, in the first cell of a notebook; importing
    segedu seeds nothing.
    """
    seed = checked_seed(seed)
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - students' cells use the global generator
    torch.manual_seed(seed)
    print(f"Running on {pick_device()}. Data: {_data_place()}. Seed: {seed}.")


def device_name(device: torch.device) -> str:
    """Return the device's name for people: the GPU's own, or the CPU's number of threads."""
    if device.type == "cuda":
        return f"GPU {torch.cuda.get_device_name(device)}"
    if device.type == "mps":
        return "Apple GPU"
    threads = torch.get_num_threads()
    return f"CPU with {threads} thread{'s' if threads > 1 else ''}"


def _find_device(device: str | torch.device | None) -> tuple[torch.device, str]:
    cuda = torch.cuda.is_available()
    mps = torch.backends.mps.is_available()
    local = environment_number("LOCAL_RANK", 0)  # torchrun gives each process of a machine its own GPU
    if device is None:
        if cuda:
            return _cuda(local), "a CUDA GPU is there"
        if mps:
            return torch.device("mps"), "an Apple GPU is there"
        return torch.device("cpu"), "no GPU was found"
    try:
        asked = torch.device(device)
    except (RuntimeError, TypeError, ValueError):
        raise ValueError(f"device={device!r} is unknown to the course; give 'cuda', 'mps' or 'cpu'.") from None
    if asked.type == "cuda":
        if not cuda:
            raise ValueError(f"device={str(device)!r} was asked for, but {NO_CUDA}.")
        return _cuda(local if asked.index is None else asked.index), f"{device} was asked for"
    if asked.type == "mps" and not mps:
        raise ValueError(f"device='mps' was asked for, but {NO_MPS}.")
    if asked.type not in ("cpu", "mps"):
        raise ValueError(f"device={str(device)!r} is unknown to the course; give 'cuda', 'mps' or 'cpu'.")
    return asked, f"{device} was asked for"


def _cuda(index: int) -> torch.device:
    if index >= torch.cuda.device_count():
        raise ValueError(
            f"GPU {index} was asked for and {torch.cuda.device_count()} are visible; start fewer processes."
        )
    return torch.device("cuda", index)


def _best_precision(device: torch.device) -> tuple[str, str]:
    if device.type == "mps":
        return "fp32", "Apple GPUs train in fp32"
    if device.type == "cpu":
        return "fp32", "CPUs train in fp32 unless bf16 is asked for"
    major, minor = torch.cuda.get_device_capability(device)
    if major >= 8:
        return "bf16", f"compute capability {major}.{minor} computes bf16 in hardware"
    if major == 7:
        return "fp16", f"compute capability {major}.{minor} computes fp16 in hardware and emulates bf16"
    return "fp32", f"compute capability {major}.{minor} gains nothing from 16 bits"


def _refuse_precision(device: torch.device, precision: str) -> None:
    if precision not in DTYPES:
        raise ValueError(f"precision={precision!r} is unknown; give one of {', '.join(DTYPES)}.")
    if precision == "fp32" or (device.type == "cpu" and precision == "bf16"):
        return
    if device.type == "cpu":
        raise ValueError("precision='fp16' on a CPU is about 30 times slower than fp32; take 'fp32' or 'bf16'.")
    if device.type == "mps":
        raise ValueError(
            f"precision={precision!r} is not for Apple GPUs, which train in fp32 here; leave precision out."
        )
    if precision == "bf16" and torch.cuda.get_device_capability(device)[0] < 8:
        raise ValueError("precision='bf16' is emulated below compute capability 8.0, and slow; leave precision out.")


def _data_place() -> str:
    """Return the download folder without an absolute path, which would end up in a saved notebook."""
    if os.environ.get("SEGEDU_DATA"):
        return "scenes are drawn here, real images come from $SEGEDU_DATA"
    place = os.path.relpath(downloads())
    if place.startswith(os.path.join("..", "..", "..")):
        place = str(downloads()).replace(os.path.expanduser("~"), "~", 1)
    return f"scenes are drawn here, real images come from {place}"
