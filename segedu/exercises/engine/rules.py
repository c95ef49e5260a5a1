"""Rules of the form "without `F.conv2d`": read from the source, where any alias is resolved, and held while it runs."""

import ast
import contextlib
import importlib
import inspect
from collections.abc import Iterator
from typing import Any
from unittest import mock

import torch
from torch.overrides import TorchFunctionMode

from segedu.exercises.engine import student

ABBREVIATIONS = {"F": "torch.nn.functional", "nn": "torch.nn", "np": "numpy", "se": "segedu", "Tensor": "torch.Tensor"}
SAME = {"conv2d": ("convolution", "_convolution", "thnn_conv2d", "mkldnn_convolution", "slow_conv2d_forward")}


class ForbiddenError(Exception):
    """The student's function called what a rule forbids."""


def broken_rule(function: Any, forbidden: tuple[str, ...]) -> str | None:
    """Return a sentence that names the forbidden call and its line in the student's source, else None.

    Helpers that the student defined and uses are read too. Source that can't be found is left to `guard`.
    """
    seen: set[int] = set()
    waiting = [function] if forbidden else []
    while waiting:
        current = waiting.pop()
        if id(current) in seen or (parsed := student.parse(current)) is None:
            continue
        seen.add(id(current))
        names = visible_names(current, parsed[0])
        for node in ast.walk(parsed[0]):
            text = ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""
            rule = next((rule for rule in forbidden if text and mentions(node, names, rule)), None)
            if rule:
                line = parsed[1] + getattr(node, "lineno", 1) - 1
                return f"The exercise asks for a solution without `{rule}`; line {line} of its cell uses `{text}`."
            target = names.get(text)
            if inspect.isfunction(target) and target.__globals__ is getattr(current, "__globals__", None):
                waiting.append(target)
    return None


def visible_names(function: Any, tree: ast.AST) -> dict[str, Any]:
    """Return what the names in a function's source stand for: its globals, its closure, and what it imports itself."""
    inner = inspect.unwrap(function)
    names = dict(getattr(inner, "__globals__", None) or vars(inspect.getmodule(inner) or object))
    with contextlib.suppress(TypeError, ValueError):
        names.update(inspect.getclosurevars(inner).nonlocals)
    for node in ast.walk(tree):  # what it assigns itself hides what is outside
        if isinstance(node, ast.arg) or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)):
            names.pop(node.arg if isinstance(node, ast.arg) else node.id, None)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            with contextlib.suppress(Exception):
                exec(compile(ast.Module([node], []), "<imports>", "exec"), names)
    return names


def mentions(node: ast.AST, names: dict[str, Any], rule: str) -> bool:
    """Return whether a name or attribute in the source is what `rule` forbids, under whatever name it was imported."""
    found = evaluate(node, names)
    if found is not None:
        return any(found is target for target in targets(rule))
    # What is unknown until it runs is a method of something: x.unfold(…).
    methods = {target.__name__ for target in targets(rule) if method_of_tensor(target)}
    return isinstance(node, ast.Attribute) and node.attr in methods and evaluate(node.value, names) is None


def evaluate(node: ast.AST, names: dict[str, Any]) -> Any:
    """Return what a dotted name stands for, or None; only modules and classes are looked into, nothing is called."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = evaluate(node.value, names)
        if inspect.ismodule(owner) or inspect.isclass(owner) or type(owner).__module__.startswith("torch._ops"):
            with contextlib.suppress(Exception):
                return getattr(owner, node.attr)
    return None


def targets(rule: str) -> list[Any]:
    """Return the objects that a rule such as "F.conv2d" forbids: it, its namesakes in torch, and what it is made of.

    Raises:
        ValueError: the rule names nothing that exists.
    """
    owner_name, _, name = rule.rpartition(".")
    head, _, rest = owner_name.partition(".")
    full = ".".join(part for part in (ABBREVIATIONS.get(head, head), rest) if part)
    owner = torch.Tensor if full == "torch.Tensor" else importlib.import_module(full)
    if not hasattr(owner, name):
        raise ValueError(f"The rule {rule!r} forbids nothing: {full} has no {name!r}.")
    found = [getattr(owner, name)]
    if full == "torch.nn.functional" or full == "torch":
        places = [torch, torch.nn.functional, torch.ops.aten] + ([torch.Tensor] if full == "torch" else [])
        for namesake in (name, *SAME.get(name, ())):
            found += [getattr(place, namesake) for place in places if hasattr(place, namesake)]
    return found


def method_of_tensor(target: Any) -> bool:
    """Return whether an object is a method of `torch.Tensor`."""
    return getattr(torch.Tensor, getattr(target, "__name__", ""), None) is target


class Guard(TorchFunctionMode):
    """Refuse the forbidden torch functions while it is active, however they are reached."""

    def __init__(self, rules: dict[str, list[Any]]) -> None:
        super().__init__()
        self.rules = rules

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        for rule, objects in self.rules.items():
            if any(func is target for target in objects):
                raise ForbiddenError(f"The exercise asks for a solution without `{rule}`; yours calls it.")
        return func(*args, **(kwargs or {}))


@contextlib.contextmanager
def guard(forbidden: tuple[str, ...]) -> Iterator[None]:
    """Make the forbidden torch functions, methods and modules raise `ForbiddenError` inside, and only there."""
    rules = {rule: targets(rule) for rule in forbidden}
    with contextlib.ExitStack() as stack:
        for rule, objects in rules.items():
            for target in objects:
                if inspect.isclass(target):
                    stack.enter_context(mock.patch.object(target, "__init__", refusing(rule)))
        if rules:
            stack.enter_context(Guard(rules))
        yield


def refusing(rule: str) -> Any:
    """Return a constructor that refuses, for a forbidden module such as `nn.Conv2d`."""

    def refuse(self: Any, *args: Any, **kwargs: Any) -> None:
        raise ForbiddenError(f"The exercise asks for a solution without `{rule}`; yours builds one.")

    return refuse
