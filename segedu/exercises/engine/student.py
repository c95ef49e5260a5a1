"""What can be said about a student's function from outside: is it one, is it finished, which line of it failed."""

import ast
import contextlib
import functools
import inspect
import io
import linecache
import site
import sysconfig
import textwrap
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parents[2]


def not_a_function(function: Any, name: str) -> str | None:
    """Return a sentence if `function` can't be the student's answer, else None."""
    if function is None or function is Ellipsis:
        return f"`{name}` is {function}; define the function first."
    if not callable(function):
        kind = type(function).__name__
        return f"`check` takes the function itself, not a value ({kind}): write `{name}`, without parentheses."
    inner = function
    while isinstance(inner, functools.partial):
        inner = inner.func
    if str(getattr(inner, "__module__", "")).startswith("segedu."):
        return f"That is the course's own `{getattr(inner, '__name__', name)}`; the exercise is to write yours."
    return None


def source_of(function: Any) -> tuple[list[str], int] | None:
    """Return the dedented source lines of a function or class and the number of the first, or None if unknown."""
    try:
        lines, first = inspect.getsourcelines(inspect.unwrap(function))
    except (OSError, TypeError):
        return class_source(function) if inspect.isclass(function) else None
    return textwrap.dedent("".join(lines)).splitlines(), max(first, 1)


def class_source(cls: type) -> tuple[list[str], int] | None:
    """Return the same for a class of a notebook, where `inspect` finds no file: through the cell of a method."""
    for method in filter(inspect.isfunction, vars(cls).values()):
        lines = linecache.getlines(method.__code__.co_filename)
        for node in ast.walk(ast.parse("".join(lines))):
            if isinstance(node, ast.ClassDef) and node.name == cls.__name__:
                return textwrap.dedent("".join(lines[node.lineno - 1 : node.end_lineno])).splitlines(), node.lineno
    return None


def parse(function: Any) -> tuple[ast.AST, int] | None:
    """Return the syntax tree of a function and the number of its first line in its cell, or None if unknown."""
    source = source_of(function)
    if source is None:
        return None
    try:
        return ast.parse("\n".join(source[0])), source[1]
    except SyntaxError:  # a lambda in the middle of an expression
        return None


def unfinished(function: Any) -> str | None:
    """Return a sentence if a `...` still stands in the function where an answer should, else None."""
    parsed = parse(function)
    name = getattr(function, "__name__", "the function")
    for node in ast.walk(parsed[0]) if parsed else ():
        if isinstance(node, ast.Expr | ast.Assign | ast.Return) and is_ellipsis(node.value):
            assert parsed is not None
            return f"`{name}` still has `...` in line {parsed[1] + node.lineno - 1} of its cell; put your code there."
        if isinstance(node, ast.FunctionDef) and all(is_filler(statement) for statement in node.body):
            return f"The body of `{node.name}` is still empty."
    return None


def is_ellipsis(node: ast.AST | None) -> bool:
    """Return whether a node is the literal `...`."""
    return isinstance(node, ast.Constant) and node.value is Ellipsis


def is_filler(statement: ast.stmt) -> bool:
    """Return whether a statement does nothing: a docstring, `pass`, or `raise NotImplementedError`."""
    if isinstance(statement, ast.Raise):
        return "NotImplementedError" in ast.dump(statement)
    constant = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return constant or isinstance(statement, ast.Pass)


def wrong_signature(function: Callable[..., Any], arguments: dict[str, Any]) -> str | None:
    """Return a sentence if `function` can't be called with these keyword arguments, else None."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    try:
        signature.bind(**arguments)
    except TypeError as error:
        name = getattr(function, "__name__", "it")
        keywords = ", ".join(f"{key}=…" for key in arguments)
        return f"`{name}{signature}` can't be called as `{name}({keywords})`: {error}."
    return None


def blame(error: BaseException, function: Callable[..., Any]) -> str:
    """Return the error with the student's line that led to it: the deepest in the function's own cell, else in any.

    A call of torch that fails is blamed on the line that calls it.
    """
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not is_library(frame.filename)]
    code = getattr(inspect.unwrap(function), "__code__", None)
    own = [frame for frame in frames if code is not None and frame.filename == code.co_filename] or frames
    text = f"{type(error).__name__}: {error}".strip().removesuffix(":").splitlines()[0]
    if not own:
        return f"{text}."
    line = own[-1].line or linecache.getline(own[-1].filename, own[-1].lineno or 0).strip()
    return f"{text}\n  in line {own[-1].lineno} of its cell, in `{own[-1].name}`:\n    {line}"


def is_library(filename: str) -> bool:
    """Return whether a file belongs to the course or to an installed package, not to the student.

    A student may call a folder anything, `segedu` too: what counts is where Python looks for packages.
    """
    path = Path(filename)
    if not path.is_absolute():  # a cell: "<ipython-input-3-…>"
        return False
    return any(path.resolve().is_relative_to(folder) for folder in library_folders())


@functools.cache
def library_folders() -> list[Path]:
    """Return the folders of the course's package, of Python's library and of installed packages."""
    folders = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    folders += [*site.getsitepackages(), site.getusersitepackages()]
    return [PACKAGE, *(Path(folder).resolve() for folder in folders)]


@contextlib.contextmanager
def printed() -> Iterator[io.StringIO]:
    """Collect what is printed inside; warnings and displayed figures pass through."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        yield out
