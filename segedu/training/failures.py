"""What torch says in its own words, in one sentence of the field: what was met, and how to mend it."""

import contextlib
import re
from collections.abc import Iterator

import torch

from segedu.training import memory

BATCH_NORM = re.compile(r"Expected more than 1 value per channel when training, got input size torch\.Size\((.*)\)")
CHANNELS = re.compile(r"expected input\[.*\] to have (\d+) channels, but got (\d+) channels")
INFERENCE = "Inference tensors cannot be saved for backward"
WORKER = re.compile(r"DataLoader worker \(pid.*(killed by signal|exited unexpectedly)")

MEMORY = (
    "memory ran out; free some of it (another notebook?), or take a smaller micro_batch, smaller images or a narrower "
    "model"
)


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Raise what torch says inside the block as one sentence, with torch's own error as its cause."""
    try:
        yield
    except Exception as error:
        better = explanation(error)
        if better is None:
            raise
        raise better from error


def explanation(error: Exception) -> Exception | None:
    """Return an error that says in one sentence what torch's says, or None if there is no better one."""
    message = str(error)
    if memory.ran_out(error):
        # What was said here already is short; an allocator tells of files, lines and bytes.
        ours = isinstance(error, torch.OutOfMemoryError) and message.count("\n") == 0 and "CUDA" not in message
        return None if ours else torch.OutOfMemoryError(f"{MEMORY} ({_first_sentence(message)}).")
    if found := BATCH_NORM.search(message):
        return ValueError(
            f"a norm met one value per channel, a map of {found[1]}, of which it can't take a variance: take larger "
            "images, a smaller depth, or a larger batch (and micro_batch)."
        )
    if found := CHANNELS.search(message):
        return ValueError(
            f"the model takes {found[1]} channels and the images have {found[2]}: build it with "
            f"in_channels={found[2]}, or give it images of {found[1]} channels."
        )
    if found := WORKER.search(message):
        return ChildProcessError(
            f"a process that loads images ended ({found[1]}), mostly because memory ran out: take fewer workers, or "
            "workers=0."
        )
    if INFERENCE in message:
        return ValueError("the model or its images were made under torch.inference_mode(); make them outside of it.")
    return None


def _first_sentence(message: str) -> str:
    line = (message or "MemoryError").strip().splitlines()[0]
    return line.rsplit("] ", 1)[-1].rstrip(".")[:120]
