"""Rules of the form "without `F.conv2d`": read from the source, where any alias is resolved, and held while it runs."""

import ast
import contextlib
import dataclasses
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


@dataclasses.dataclass(frozen=True)
class Source:
    """A function of the student: its syntax tree, its first line in its cell, and what its names stand for."""

    tree: ast.AST
    first_line: int
    names: dict[str, Any]


def broken_rule(function: Any, forbidden: tuple[str, ...]) -> str | None:
    """Return a sentence that names the forbidden call and its line in the student's source, else None.

    What is private in the course is forbidden everywhere: it is made of pieces of answers. Helpers that the student
    defined and uses are read too. Source that can't be found is left to `guard`.
    """
    rules = {rule: targets(rule) for rule in forbidden}
    for source in sources(function):
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.Name | ast.Attribute):
                continue
            use = f"line {source.first_line + node.lineno - 1} of its cell uses `{ast.unparse(node)}`"
            for rule, objects in rules.items():
                if mentions(node, source.names, objects):
                    return f"The exercise asks for a solution without `{rule}`; {use}."
            if private(evaluate(node, source.names)):
                return f"The exercise asks for a solution of your own; {use}, which is the course's."
    return None


def sources(function: Any) -> Iterator[Source]:
    """Yield the source of a function and of each helper from the same notebook that it uses, directly or not."""
    seen: set[int] = set()
    waiting = [function]
    while waiting:
        current = waiting.pop()
        parsed = student.parse(current)
        if id(current) in seen or parsed is None:
            continue
        seen.add(id(current))
        tree, first_line = parsed
        names = visible_names(current, tree)
        yield Source(tree, first_line, names)
        used = [names.get(node.id) for node in ast.walk(tree) if isinstance(node, ast.Name)]
        notebook = getattr(current, "__globals__", None)
        waiting += [name for name in used if inspect.isfunction(name) and name.__globals__ is notebook]


def visible_names(function: Any, tree: ast.AST) -> dict[str, Any]:
    """Return what the names in a function's source stand for: its globals, its closure, and what it imports itself."""
    inner = inspect.unwrap(function)
    names = dict(getattr(inner, "__globals__", None) or vars(inspect.getmodule(inner) or object))
    with contextlib.suppress(TypeError, ValueError):
        names.update(inspect.getclosurevars(inner).nonlocals)

    # What it assigns itself hides what is outside; what that is, is unknown until it runs.
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            names.pop(node.arg, None)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.pop(node.id, None)

    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names.update(imported(node))
    return names


def imported(node: ast.Import | ast.ImportFrom) -> dict[str, Any]:
    """Return the names that an import line binds; what can't be imported is left out."""
    names: dict[str, Any] = {}
    for alias in node.names:
        with contextlib.suppress(Exception):
            if isinstance(node, ast.Import):  # `import a.b` binds a, `import a.b as c` binds a.b
                module = importlib.import_module(alias.name)
                top = alias.name.partition(".")[0]
                names[alias.asname or top] = module if alias.asname else importlib.import_module(top)
            elif alias.name == "*":
                names.update(vars(importlib.import_module(node.module or "")))
            else:
                names[alias.asname or alias.name] = member(node.module or "", alias.name)
    return names


def member(module: str, name: str) -> Any:
    """Return what `from module import name` gives: an attribute, else a module below it."""
    owner = importlib.import_module(module)
    return getattr(owner, name) if hasattr(owner, name) else importlib.import_module(f"{module}.{name}")


def mentions(node: ast.Name | ast.Attribute, names: dict[str, Any], forbidden: list[Any]) -> bool:
    """Return whether a name or attribute in the source is a forbidden object, under whatever name it was imported."""
    target = evaluate(node, names)
    if target is not None:
        return any(target is one for one in forbidden)
    # What is unknown until it runs is a method of something: x.unfold(…).
    methods = {one.__name__ for one in forbidden if method_of_tensor(one)}
    return isinstance(node, ast.Attribute) and node.attr in methods and evaluate(node.value, names) is None


def private(target: Any) -> bool:
    """Return whether an object is a function or class of the course whose name begins with an underscore."""
    if not (inspect.isfunction(target) or inspect.isclass(target)):
        return False
    return target.__module__.startswith("segedu.") and target.__name__.startswith("_")


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
    objects = [getattr(owner, name)]
    if full in ("torch.nn.functional", "torch"):
        places: list[Any] = [torch, torch.nn.functional, torch.ops.aten]
        if full == "torch":
            places.append(torch.Tensor)
        for namesake in (name, *SAME.get(name, ())):
            objects += [getattr(place, namesake) for place in places if hasattr(place, namesake)]
    return objects


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
