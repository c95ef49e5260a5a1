"""Batch norm sees what is computed at once: the parts of a step are then settings of the run, not only of memory."""

import contextlib
from collections.abc import Iterator

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


def batch_norms(model: nn.Module, frozen: list[nn.Module]) -> list[nn.Module]:
    """Return the batch norms of a model that use the statistics of the batch in training: those that aren't frozen."""
    still = set(frozen)
    return [module for module in model.modules() if isinstance(module, _BatchNorm) and module not in still]


def batch_norm_settings(norms: list[nn.Module], micro_batch: int, processes: int) -> dict[str, int]:
    """Return what the numbers of a run with these batch norms depend on besides the batch; without any, nothing.

    SyncBatchNorm sees the parts of all processes as one. So where there is no other, they count as one process with a
    part as large as theirs together, and a run may go on with half the processes and parts twice as large.

    >>> batch_norm_settings([nn.BatchNorm2d(3)], micro_batch=4, processes=2)
    {'processes': 2, 'micro_batch': 4}
    >>> batch_norm_settings([nn.SyncBatchNorm(3)], micro_batch=4, processes=2)
    {'processes': 1, 'micro_batch': 8}
    """
    if not norms:
        return {}
    if all(isinstance(norm, nn.SyncBatchNorm) for norm in norms):
        return {"processes": 1, "micro_batch": processes * micro_batch}
    return {"processes": processes, "micro_batch": micro_batch}


@contextlib.contextmanager
def buffers_put_back_on_error(model: nn.Module) -> Iterator[None]:
    """Put a model's buffers (batch norm's running statistics) back if the block is left by an exception.

    So a step that is interrupted, or that didn't fit into memory, can be taken once more and counts once.
    """
    before = [(buffer, buffer.clone()) for buffer in model.buffers()]
    try:
        yield
    except BaseException:
        with torch.no_grad():
            for buffer, value in before:
                buffer.copy_(value)
        raise
