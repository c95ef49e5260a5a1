"""Side conditions: a notebook is left as it was found, and arguments as they were given."""

import contextlib
import operator
from collections.abc import Iterator
from typing import Any

import torch

from segedu.exercises.engine.store import identical
from segedu.seeding import seeded

PATCHED = (torch, torch.nn, torch.nn.functional, torch.linalg, torch.special, torch.Tensor, torch.nn.Module)


@contextlib.contextmanager
def pinned(seed: int) -> Iterator[None]:
    """Pin what results depend on (seeds, default dtype and device, gradients on), and put all of it back after it."""
    dtype = torch.get_default_dtype()
    device = default_device()
    with seeded(seed), torch.inference_mode(False), torch.set_grad_enabled(True):
        try:
            torch.set_default_dtype(torch.float32)
            torch.set_default_device(None)
            yield
        finally:
            torch.set_default_dtype(dtype)
            torch.set_default_device(device)


def default_device() -> torch.device | None:
    """Return the device that `torch.set_default_device` was told, or None if it was not told any."""
    context = getattr(torch._GLOBAL_DEVICE_CONTEXT, "device_context", None)
    return None if context is None else context.device


def names_of_torch() -> list[dict[str, Any]]:
    """Return what the names of torch stand for now."""
    return [dict(vars(owner)) for owner in PATCHED]


@contextlib.contextmanager
def torch_restored(before: list[dict[str, Any]]) -> Iterator[None]:
    """Put back the functions and methods of torch that are replaced inside: `F.conv2d = mine` outlives no check."""
    try:
        yield
    finally:
        for owner, names in zip(PATCHED, before, strict=True):
            if not untouched(owner, names):
                put_back(owner, names)


def untouched(owner: Any, names: dict[str, Any]) -> bool:
    """Return whether a module or class holds the very objects that it held, in the order in which it held them."""
    now = vars(owner)
    held = all(map(operator.is_, now.values(), names.values()))  # two thousand in every case: no loop of Python's
    return len(now) == len(names) and held and list(now) == list(names)


def put_back(owner: Any, names: dict[str, Any]) -> None:
    """Give a module or class back what it held; what is new in a module (a part that was imported) stays."""
    for name, value in list(vars(owner).items()):
        if name not in names and isinstance(owner, type):
            delattr(owner, name)
        elif name in names and names[name] is not value:
            setattr(owner, name, names[name])
    for name in names.keys() - vars(owner).keys():
        setattr(owner, name, names[name])


def changed_in_place(arguments: dict[str, Any], after: dict[str, Any]) -> str | None:
    """Return a sentence that names the first argument that is another one after the call, else None."""
    for key, before in arguments.items():
        if isinstance(before, torch.nn.Module):
            sentence = changed_module(key, before, after[key])
            if sentence:
                return sentence
        elif not same(before, after[key]):
            copy = copied(key, before, after[key])
            return f"Your function changes its argument `{key}` in place; work on a copy: `{key} = {copy}`."
    return None


def same(before: Any, after: Any) -> bool:
    """Return whether a value, modules within it included, is what it was."""
    if isinstance(before, torch.nn.Module):
        return changed_module("", before, after) is None
    if type(before) is not type(after):
        return False
    if isinstance(before, list | tuple):
        return len(before) == len(after) and all(same(a, b) for a, b in zip(before, after, strict=True))
    if isinstance(before, dict):
        return before.keys() == after.keys() and all(same(before[key], after[key]) for key in before)
    return identical(before, after)


def copied(key: str, before: Any, after: Any) -> str:
    """Return how one copies an argument so that what was done to it does no harm."""
    if isinstance(before, torch.Tensor):
        return f"{key}.clone()"
    if isinstance(before, list) and isinstance(after, list):
        untouched = all(any(same(item, old) for old in before) for item in after)
        if untouched:  # items were taken out or moved, and are themselves as they were
            return f"list({key})"
    return f"copy.deepcopy({key})"


def changed_module(key: str, before: torch.nn.Module, after: torch.nn.Module) -> str | None:
    """Return a sentence on what of a module is another one than before: hooks, layers, mode, weights, buffers."""
    if hooks_of(after) > hooks_of(before):
        return f"Your function leaves hooks on `{key}`; remove each in the end: `handle.remove()`."
    if layers_of(before) != layers_of(after):
        return f"Your function changes the layers of `{key}`; work on a copy: `{key} = copy.deepcopy({key})`."
    if modes_of(before) != modes_of(after):
        return f"Your function leaves `{key}` in another mode; put `.train()` or `.eval()` back as it was."
    if added := first_added(before, after):
        return f"Your function leaves `{added}` on a layer of `{key}`; take it off in the end: `del layer.{added}`."
    if with_gradient := first_with_gradient(before, after):
        return (
            f"Your function leaves a gradient in `.grad` of `{with_gradient}` of `{key}`; use `with torch.no_grad():`."
        )
    if frozen := first_frozen(before, after):
        return frozen_weight(key, *frozen)
    old, new = before.state_dict(), after.state_dict()
    for name in old:
        if name not in new or not identical(old[name], new[name]):
            return f"Your function changes `{name}` of `{key}`; work on a copy: `{key} = copy.deepcopy({key})`."
    return None


def hooks_of(module: torch.nn.Module) -> int:
    """Return how many forward and backward hooks hang on a module and its children."""
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return sum(len(getattr(part, kind, ())) for part in module.modules() for kind in kinds)


def layers_of(module: torch.nn.Module) -> list[tuple[str, type, str]]:
    """Return the names, classes and settings of a module's parts."""
    return [(name, type(part), part.extra_repr()) for name, part in module.named_modules()]


def modes_of(module: torch.nn.Module) -> list[bool]:
    """Return which parts are in training mode."""
    return [part.training for part in module.modules()]


def first_added(before: torch.nn.Module, after: torch.nn.Module) -> str:
    """Return the first name that a part of the module holds and didn't hold, such as a `forward` of its own, or ""."""
    for old, new in zip(before.modules(), after.modules(), strict=True):
        for name in sorted(vars(new).keys() - vars(old).keys()):
            if not name.startswith("_"):
                return name
    return ""


def first_with_gradient(before: torch.nn.Module, after: torch.nn.Module) -> str:
    """Return the name of the first weight that has a gradient and had none, or ""."""
    had = {name for name, weight in before.named_parameters() if weight.grad is not None}
    held = (name for name, weight in after.named_parameters() if weight.grad is not None)
    return next((name for name in held if name not in had), "")


def first_frozen(before: torch.nn.Module, after: torch.nn.Module) -> tuple[str, bool] | None:
    """Return the first weight that was frozen or freed, and whether it asks for a gradient now, or None."""
    asked = {name: weight.requires_grad for name, weight in before.named_parameters()}
    for name, weight in after.named_parameters():
        if asked.get(name, weight.requires_grad) != weight.requires_grad:
            return name, weight.requires_grad
    return None


def frozen_weight(key: str, name: str, asks: bool) -> str:
    """Return a sentence on a weight whose `requires_grad` is another one than before."""
    left = "asking for a gradient, which it didn't" if asks else "frozen (`requires_grad` is False), which it wasn't"
    return (
        f"Your function leaves `{name}` of `{key}` {left}; work on a copy (`{key} = copy.deepcopy({key})`), or, to do "
        f"without gradients for a while, use `with torch.no_grad():`."
    )
