"""Several processes as one: who am I, and sums that all agree on. torchrun starts them; alone, all of this is free."""

import atexit
import gc
import os

import torch
import torch.distributed as dist


def environment_number(name: str, default: int) -> int:
    """Return what torchrun says in an environment variable; one that is empty says nothing."""
    text = os.environ.get(name, "").strip()
    if text and not text.isdigit():
        raise ValueError(f"the environment variable {name} is {text!r}; it must be a number, as torchrun sets it.")
    return int(text) if text else default


def start(device: torch.device) -> None:
    """Join the processes that torchrun started; do nothing if there is one process or they are joined already.

    CPU tensors go through gloo and CUDA tensors through NCCL, so agreeing on a few numbers never waits for a GPU.
    """
    if environment_number("WORLD_SIZE", 1) == 1 or dist.is_initialized():
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group("cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo")
    atexit.register(stop)


def stop() -> None:
    """Leave the group. Garbage first: a DDP model that outlives the group aborts Python now and then."""
    if dist.is_initialized():
        gc.collect()
        dist.destroy_process_group()


def rank() -> int:
    """Return this process's number, 0 when alone; process 0 prints and writes files."""
    return dist.get_rank() if dist.is_initialized() else 0


def world() -> int:
    """Return how many processes take part, 1 when alone."""
    return dist.get_world_size() if dist.is_initialized() else 1


def sum_numbers(numbers: list[float]) -> list[float]:
    """Return the element-wise sums over all processes, in float64 and the same on all of them.

    >>> sum_numbers([1.0, 2.5])
    [1.0, 2.5]
    """
    if world() == 1:
        return numbers
    total = torch.tensor(numbers, dtype=torch.float64)
    dist.all_reduce(total)
    return total.tolist()


def smallest_over_processes(number: int) -> int:
    """Return the smallest of the processes' numbers."""
    if world() == 1:
        return number
    smallest = torch.tensor(number)
    dist.all_reduce(smallest, op=dist.ReduceOp.MIN)
    return int(smallest)


def wait() -> None:
    """Wait until all processes are here: then what process 0 wrote is there for all."""
    if world() > 1:
        dist.barrier()


def take_buffers_of_first(model: torch.nn.Module) -> None:
    """Give every process the buffers (batch norm's running statistics) of process 0, which are the ones saved."""
    if world() > 1:
        for buffer in model.buffers():
            dist.broadcast(buffer, 0)


def raise_together(error: Exception | None) -> None:
    """Raise an error of process 0 in all processes, in its own words there; without one, do nothing.

    A process that went on alone would wait for the others until a time limit.
    """
    failed = sum_numbers([0.0 if error is None else 1.0])[0] > 0
    if error is not None:
        raise error
    if failed:
        raise OSError("process 0 can't begin; it says why.")
