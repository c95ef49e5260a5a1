"""What can be said about a student's function from outside: is it one, is it finished, which line of it failed."""

import ast
import contextlib
import functools
import inspect
import linecache
import site
import sys
import sysconfig
import textwrap
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType
from typing import Any

from segedu.exercises.engine.limits import Bounded
from segedu.exercises.engine.show import cut, safe_text, type_name

Function = Callable[..., Any]
WARNED = 1_000  # characters of warnings that are passed on, a case
DEEPEST = 200  # frames of a traceback that are looked at, from the innermost
PACKAGE = Path(__file__).resolve().parents[2]


def not_a_function(function: Any, name: str) -> str | None:
    """Return a sentence if `function` can't be the student's answer, else None."""
    if function is None or function is Ellipsis:
        return f"`{name}` is {function}; define the function first."
    if not callable(function):
        return a_value(function, name)
    inner = function
    while isinstance(inner, functools.partial):
        inner = inner.func
    if str(safely(inner, "__module__")).startswith("segedu."):
        return f"That is the course's own `{name_of(inner)}`; the exercise is to write yours."
    return None


def a_value(value: Any, name: str) -> str:
    """Return what is said to a value that was given in place of the function."""
    kind = type_name(value)
    return f"`check` takes the function itself, not a value ({kind}): write `{name}`, without parentheses."


def tried(look: Callable[..., str | None], *values: Any) -> str | None:
    """Return what a look at the student's source says, nothing if the source can't be looked at."""
    try:
        return look(*values)
    except Exception:  # an object that lies about itself, or a source too deep for the parser: it has to be run
        return None


def safely(value: Any, attribute: str) -> Any:
    """Return an attribute, or "" where there is none or it can't be had."""
    try:
        return getattr(value, attribute, "")
    except Exception:
        return ""


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
    name = name_of(function)
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


class SignatureError(TypeError):
    """The student's function can't be called with the arguments of the exercise."""


def called_with(function: Callable[..., Any], arguments: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Return positional and keyword arguments with which `function` takes these arguments, in their order.

    Names count where they are the student's own; what is left goes to the other parameters one by one, whatever they
    are called. Further parameters keep their defaults.

    Raises:
        SignatureError: it can't be called with as many arguments.
    """
    try:
        signature = inspect.signature(function)
    except Exception:  # a function of C, or one that lies about itself: it has to be tried
        return [], arguments
    try:
        signature.bind(**arguments)
    except TypeError as error:
        names = renamed(signature, arguments)
        if names is None:
            name = name_of(function)
            keywords = ", ".join(f"{key}=…" for key in arguments)
            text = cut(f"{name}{signature}")
            raise SignatureError(f"`{text}` can't be called as `{name}({keywords})`: {error}.") from None
        return by_parameters(signature, {names[key]: value for key, value in arguments.items()})
    return [], arguments


def renamed(signature: inspect.Signature, arguments: dict[str, Any]) -> dict[str, str] | None:
    """Return which parameter each argument is meant for, or None if their numbers don't fit."""
    places = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    single = [parameter for parameter in signature.parameters.values() if parameter.kind in places]
    names = {key: key for key in arguments if any(key == parameter.name for parameter in single)}
    free = [parameter.name for parameter in single if parameter.name not in names]
    names |= dict(zip([key for key in arguments if key not in names], free, strict=False))
    filled = set(names.values())
    required = [each for each in signature.parameters.values() if each.default is each.empty and each.kind < 2]
    if len(names) < len(arguments) or any(parameter.name not in filled for parameter in required):
        return None
    return names


def by_parameters(signature: inspect.Signature, values: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Return values by parameter as positional and keyword arguments."""
    only = [key for key, parameter in signature.parameters.items() if parameter.kind == parameter.POSITIONAL_ONLY]
    positions = [values.pop(key) for key in only if key in values]
    return positions, values


def name_of(function: Any) -> str:
    """Return what a function is called, "it" if it has no name or its name can't be read."""
    try:
        name = function.__name__
    except Exception:
        return "it"
    return cut(name, 60) if isinstance(name, str) else "it"


def blame(error: BaseException, function: Callable[..., Any]) -> str:
    """Return the error with the student's line that led to it."""
    text = safe_text(error)
    where = place(error, function)
    return text + where if where else f"{text}."


def place(error: BaseException, function: Callable[..., Any]) -> str:
    """Return the student's line that led to an error: the deepest in the function's own cell, else in any; or "".

    A call of torch that fails is blamed on the line that calls it.
    """
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__, limit=-DEEPEST) if not is_library(frame.filename)
    ]
    code = code_of(function)
    own = [frame for frame in frames if code is not None and frame.filename == code.co_filename] or frames
    if not own:
        return ""
    line = own[-1].line or linecache.getline(own[-1].filename, own[-1].lineno or 0).strip()
    return f"\n  in line {own[-1].lineno} of its cell, in `{cut(own[-1].name, 60)}`:\n    {cut(line)}"


def code_of(function: Any) -> CodeType | None:
    """Return a function's code, or None where there is none or it can't be had."""
    try:
        code = inspect.unwrap(function).__code__
    except Exception:
        return None
    return code if isinstance(code, CodeType) else None


@functools.lru_cache(maxsize=1024)
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
def printed() -> Iterator[Bounded]:
    """Collect the first part of what is printed inside; warnings (their first part too) and figures pass through."""
    out, errors = Bounded(), Bounded(most=WARNED, onward=sys.stderr)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        yield out
