"""Rules of the form "without `F.conv2d`": read from the source, where any alias is resolved, and held while it runs.

A rule forbids what it names and its family (`families.py`): whoever may not call `F.conv2d` may not call `F.conv3d`.
"""

import ast
import contextlib
import dataclasses
import functools
import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any
from unittest import mock

import torch
from torch.overrides import TorchFunctionMode

from segedu.exercises.engine import student
from segedu.exercises.engine.families import Family, family_of, is_operator_of, members
from segedu.exercises.engine.student import code_of

TORCH = str(Path(torch.__file__).parent)

ABBREVIATIONS = {"F": "torch.nn.functional", "nn": "torch.nn", "np": "numpy", "se": "segedu", "Tensor": "torch.Tensor"}


class ForbiddenError(BaseException):
    """The student's function called what a rule forbids; no `except Exception` of theirs should catch it."""


@dataclasses.dataclass(frozen=True)
class Rule:
    """One rule: what it names, the objects that are this, and the family that they belong to."""

    name: str  # "F.conv2d"
    objects: tuple[Any, ...]
    family: Family | None

    @functools.cached_property
    def kin(self) -> tuple[Any, ...]:
        """Return the other objects of its family."""
        return members(self.family) if self.family else ()

    def forbids_operator(self, operator: Any, arguments: tuple[Any, ...] = ()) -> bool:
        """Return whether an operator of `torch.ops` belongs to the family."""
        return self.family is not None and is_operator_of(self.family, operator, arguments)

    def sentence(self, exactly: bool, use: str) -> str:
        """Return what is said to a solution that uses it, or another one of its family."""
        kin = "" if exactly or self.family is None else f" or another {self.family.words}"
        return f"The exercise asks for a solution without `{self.name}`{kin}; {use}."


@functools.cache
def rule_of(name: str) -> Rule:
    """Return the rule that "F.conv2d" stands for.

    Raises:
        ValueError: it names nothing that exists.
    """
    return Rule(name, tuple(targets(name)), family_of(name))


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
    rules = [rule_of(name) for name in forbidden]
    for source in sources(function):
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.Name | ast.Attribute):
                continue
            use = f"line {source.first_line + node.lineno - 1} of its cell uses `{ast.unparse(node)}`"
            for rule in rules:
                if mentions(node, source.names, rule.objects):
                    return rule.sentence(True, use)
            for rule in rules:
                if mentions(node, source.names, rule.kin) or rule.forbids_operator(evaluate(node, source.names)):
                    return rule.sentence(False, use)
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


def mentions(node: ast.Name | ast.Attribute, names: dict[str, Any], forbidden: tuple[Any, ...]) -> bool:
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
    """Return the objects that "F.conv2d" names: it and its namesakes in torch; nothing of a package that is missing.

    Raises:
        ValueError: the rule names nothing that exists.
    """
    owner_name, _, name = rule.rpartition(".")
    head, _, rest = owner_name.partition(".")
    full = ".".join(part for part in (ABBREVIATIONS.get(head, head), rest) if part)
    try:
        owner = torch.Tensor if full == "torch.Tensor" else importlib.import_module(full)
    except ModuleNotFoundError:
        if head in ABBREVIATIONS or head == "torch":
            raise
        return []  # skimage, say, is not installed: nobody can use it
    if not hasattr(owner, name):
        raise ValueError(f"The rule {rule!r} forbids nothing: {full} has no {name!r}.")
    objects = [getattr(owner, name)]
    if full in ("torch.nn.functional", "torch"):
        places: list[Any] = [torch, torch.nn.functional, torch.ops.aten]
        if full == "torch":
            places.append(torch.Tensor)
        objects += [getattr(place, name) for place in places if hasattr(place, name)]
    return objects


def method_of_tensor(target: Any) -> bool:
    """Return whether an object is a method of `torch.Tensor`."""
    return getattr(torch.Tensor, getattr(target, "__name__", ""), None) is target


@dataclasses.dataclass(frozen=True)
class Lookup:
    """What rules forbid, by identity and by code: a loop over single cells asks a hundred thousand times."""

    rules: tuple[Rule, ...]
    named: dict[int, Rule]  # by the identity of what a rule names
    kin: dict[int, Rule]  # by the identity of another one of its family
    codes: dict[CodeType, Rule]  # of functions that are not torch's
    classes: tuple[tuple[type, Rule], ...]


@functools.cache
def lookup(forbidden: tuple[str, ...]) -> Lookup:
    """Return what these rules forbid; where several forbid the same, the first says so."""
    rules = tuple(rule_of(name) for name in forbidden)
    named = {id(target): rule for rule in reversed(rules) for target in rule.objects}
    kin = {id(target): rule for rule in reversed(rules) for target in rule.kin}
    codes = {code: rule for rule in rules for each in rule.objects if (code := code_of(each))}
    codes |= {code: rule for rule in rules for each in rule.kin if (code := code_of(each)) and code not in codes}
    outside = {code: rule for code, rule in codes.items() if not code.co_filename.startswith(TORCH)}
    classes = tuple(
        (target, rule)
        for rule in rules
        for target in dict.fromkeys(filter(inspect.isclass, (*rule.objects, *rule.kin)))
    )
    return Lookup(rules, named, kin, outside, classes)


@contextlib.contextmanager
def guard(forbidden: tuple[str, ...]) -> Iterator[None]:
    """Make what is forbidden raise `ForbiddenError` inside, and only there, however it is reached."""
    if not forbidden:
        yield
        return
    found = lookup(forbidden)
    with contextlib.ExitStack() as stack:
        for target, rule in found.classes:
            stack.enter_context(mock.patch.object(target, "__init__", refusing(rule, target)))
        stack.enter_context(watched_calls(found.codes))
        stack.enter_context(Guard(found))
        yield


def refusing(rule: Rule, target: Any) -> Any:
    """Return a constructor that refuses, for a forbidden module such as `nn.Conv2d`."""

    def refuse(self: Any, *args: Any, **kwargs: Any) -> None:
        raise ForbiddenError(rule.sentence(target in rule.objects, f"yours builds a `{target.__name__}`"))

    return refuse


class Guard(TorchFunctionMode):
    """Refuse the forbidden functions and methods of torch, and operators of aten, while it is active.

    All of these calls come by here. (A mode of the dispatcher would also see what torch calls itself, such as a
    backward pass; it imports torch's compiler, five seconds at the first check.)
    """

    def __init__(self, found: Lookup) -> None:
        super().__init__()
        self.rules = found.rules
        self.named = found.named
        self.kin = found.kin

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        exact = self.named.get(id(func))
        rule = exact or self.kin.get(id(func)) or self.of_operator(func, args)
        if rule is not None:
            raise ForbiddenError(rule.sentence(exact is not None, f"yours calls `{func.__name__}`"))
        return func(*args, **(kwargs or {}))

    def of_operator(self, func: Any, args: tuple[Any, ...]) -> Rule | None:
        """Return the rule that forbids an operator of `torch.ops`, or None."""
        return next((rule for rule in self.rules if rule.forbids_operator(func, args)), None)


@contextlib.contextmanager
def watched_calls(outside: dict[CodeType, Rule]) -> Iterator[None]:
    """Refuse the forbidden functions that are not torch's: the course's own, SciPy's, scikit-image's.

    Somebody else's profiler is left alone; then only the source is read.
    """
    if not outside or sys.getprofile() is not None:
        yield
        return

    def watch(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call" and frame.f_code in outside:
            rule = outside[frame.f_code]
            exactly = any(code_of(one) is frame.f_code for one in rule.objects)
            raise ForbiddenError(rule.sentence(exactly, f"yours calls `{frame.f_code.co_name}`"))

    sys.setprofile(watch)
    try:
        yield
    finally:
        sys.setprofile(None)
