"""A syntax tree as text, without what changes nothing: comments, docstrings, places, line breaks."""

import ast
from collections.abc import Iterator
from typing import Any


def syntax(node: ast.AST) -> str:
    """Return a syntax tree as text, without docstrings and without places; the same text from Python 3.11 on.

    >>> syntax(ast.parse("x = 1  # one")) == syntax(ast.parse("x   =  1"))
    True
    >>> syntax(ast.parse("def f():\n    'Say.'\n    return 2")) == syntax(ast.parse("def f():\n    return 2"))
    True
    """
    return f"{type(node).__name__}({','.join(fields(node))})"


def fields(node: ast.AST) -> Iterator[str]:
    """Yield a node's fields as text, those that hold something: later Pythons have more of the empty ones."""
    for name, value in ast.iter_fields(node):
        if isinstance(value, list):
            items = [as_text(item) for item in counted(node, name, value)]
            if items:
                yield f"{name}=[{','.join(items)}]"
        elif value is not None:
            yield f"{name}={as_text(value)}"


def as_text(value: Any) -> str:
    """Return a field's value as text: a node's syntax, or a constant in ASCII."""
    return syntax(value) if isinstance(value, ast.AST) else ascii(value)


def counted(node: ast.AST, name: str, values: list[Any]) -> list[Any]:
    """Return what counts of a list of nodes: no docstring in front of a body, no empty text in an f-string."""
    if name == "body" and has_docstring(node):
        return values[1:]
    if isinstance(node, ast.JoinedStr):  # from 3.12 on, an empty text stands behind a nested format
        return [part for part in values if not (isinstance(part, ast.Constant) and part.value == "")]
    return values


def has_docstring(node: ast.AST) -> bool:
    """Return whether a module, class or function begins with a docstring."""
    if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or not node.body:
        return False
    first = node.body[0]
    return isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)


def only_names(tree: ast.Module) -> bool:
    """Return whether a package's `__init__.py` does nothing but name what it offers.

    One more name there changes nobody's picture; what is imported counts by itself.

    >>> only_names(ast.parse("from segedu.ops.conv import conv2d\n__all__ = ['conv2d']"))
    True
    >>> only_names(ast.parse("LIMIT = 3"))
    False
    """
    statements = counted(tree, "body", tree.body)
    return all(isinstance(node, ast.Import | ast.ImportFrom) or sets_dunders(node) for node in statements)


def sets_dunders(node: ast.stmt) -> bool:
    """Return whether a statement assigns to names such as `__all__` and to no others."""
    if not isinstance(node, ast.Assign):
        return False
    names = [part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name)]
    return all(name.startswith("__") for name in names)
