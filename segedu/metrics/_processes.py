"""Adding counts over the processes of torch.distributed."""

import torch
from torch import Tensor


def sum_over_processes(counts: Tensor) -> Tensor:
    """Return the sum of every process's integer `counts`, on the CPU; `counts` itself where there is one process.

    >>> sum_over_processes(torch.tensor([1, 2])).tolist()
    [1, 2]
    """
    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        return counts
    device = "cuda" if torch.distributed.get_backend() == "nccl" else "cpu"  # NCCL moves GPU memory only
    total = counts.to(device, copy=True)
    torch.distributed.all_reduce(total)
    return total.cpu()
