"""Small changes of a function's syntax tree: ± 1, `/` for `//`, exchanged names, a dropped term, another reduction."""

import ast
import copy
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add, ast.FloorDiv),
    ast.FloorDiv: (ast.Div, ast.Mult),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
}
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
NAMESAKES = {
    "sum": ("mean", "amax"),
    "mean": ("sum",),
    "max": ("min",),
    "min": ("max",),
    "amax": ("amin", "sum"),
    "amin": ("amax",),
    "argmax": ("argmin",),
    "argmin": ("argmax",),
    "any": ("all",),
    "all": ("any",),
    "floor": ("ceil", "round"),
    "ceil": ("floor",),
    "round": ("floor",),
    "softmax": ("log_softmax", "sigmoid"),
    "log_softmax": ("softmax",),
    "exp": ("expm1",),
    "log": ("log2",),
    "square": ("abs",),
    "abs": ("square",),
    "sqrt": ("square",),
    "var": ("std",),
    "std": ("var",),
    "zeros": ("ones",),
    "ones": ("zeros",),
    "zeros_like": ("ones_like",),
    "ones_like": ("zeros_like",),
    "cumsum": ("cumprod",),
    "nanmean": ("mean", "nansum"),
    "append": ("remove",),
}


@dataclass(frozen=True)
class Mutant:
    """One changed solution: where, what, and the function's source."""

    name: str  # "line 3: stride → padding"; a second one in that line ends with " (2)"
    source: str


def mutants(source: str, function: str, gradient: bool = False) -> Iterator[Mutant]:
    """Yield the mutants of `function` in `source`, each once; with `gradient`, those that lose it, too."""
    tree = ast.parse(source)
    texts, names = {ast.unparse(tree)}, Counter[str]()
    body = next(node for node in tree.body if getattr(node, "name", None) == function)
    for place, node in enumerate(ast.walk(body)):
        options = list(changes(node, parameters(body)))
        if gradient and isinstance(node, ast.Return) and node.value is not None:
            detached = ast.Attribute(node.value, "detach", ast.Load())
            options.append(ast.Return(ast.Call(detached, [], [])))
        for changed in options:
            text = ast.unparse(with_change(tree, function, place, changed))
            if text in texts:
                continue
            texts.add(text)
            name = f"line {getattr(node, 'lineno', 1)}: {short(node)} → {short(changed)}"
            names[name] += 1
            yield Mutant(f"{name} ({names[name]})" if names[name] > 1 else name, text)


def with_change(tree: ast.Module, function: str, place: int, changed: ast.AST | None) -> ast.AST:
    """Return the tree with another node in the given place of the walk through `function`."""
    mutated = copy.deepcopy(tree)
    body = next(node for node in mutated.body if getattr(node, "name", None) == function)
    old = list(ast.walk(body))[place]
    return ast.fix_missing_locations(Replace(old, changed).visit(mutated))


def short(node: ast.AST | None) -> str:
    """Return the source of a node in one line."""
    if node is None:
        return "(nothing)"
    if isinstance(node, ast.FunctionDef):
        first = node.body[1 if ast.get_docstring(node) else 0]
        return f"def, {ast.unparse(first).splitlines()[0]}"
    return ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).splitlines()[0]


class Replace(ast.NodeTransformer):
    """Put another node, or nothing, in the place of one."""

    def __init__(self, old: ast.AST, new: ast.AST | None) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> Any:
        if node is self.old:
            return self.new if self.new is not None else ast.Pass()
        return self.generic_visit(node)


def parameters(node: ast.AST) -> list[str]:
    """Return the names of a function's parameters; none for a class."""
    if not isinstance(node, ast.FunctionDef):
        return []
    return [argument.arg for argument in node.args.args]


def changes(node: ast.AST, names: Sequence[str]) -> Iterator[ast.AST | None]:
    """Yield what may stand in the place of a node; None where it may be left out."""
    if isinstance(node, ast.Constant):
        yield from other_constants(node)
    elif isinstance(node, ast.BinOp):
        yield from other_operations(node)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield from other_comparisons(node)
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.BoolOp):
        yield from node.values
    elif isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
        place = names.index(node.id)
        for other in {names[place - 1], names[(place + 1) % len(names)]} - {node.id}:
            yield ast.Name(other, ast.Load())
    elif isinstance(node, ast.Attribute) and node.attr in NAMESAKES:
        for name in NAMESAKES[node.attr]:
            yield ast.Attribute(node.value, name, node.ctx)
    elif isinstance(node, ast.Call):
        yield from other_calls(node)
    elif isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load) and len(node.elts) == 2:
        yield ast.Tuple(node.elts[::-1], node.ctx)
    elif isinstance(node, ast.AugAssign):
        yield ast.Assign([node.target], node.value)
        yield None
    elif isinstance(node, ast.If):
        yield ast.If(ast.Constant(True), node.body, node.orelse)
        yield ast.If(ast.Constant(False), node.body, node.orelse)
    elif isinstance(node, ast.FunctionDef):
        yield from ignoring(node)


def other_constants(node: ast.Constant) -> Iterator[ast.AST]:
    """Yield ± 1 for whole numbers, half and double for others, the opposite for truth values."""
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield ast.Constant(value + 1)
        yield ast.Constant(value - 1)
    elif isinstance(value, float):
        yield ast.Constant(value * 2)
        yield ast.Constant(value / 2)


def other_comparisons(node: ast.Compare) -> Iterator[ast.AST]:
    """Yield another comparison, and the same with one more on either side."""
    right = node.comparators[0]
    for comparison in COMPARISONS.get(type(node.ops[0]), ()):
        yield ast.Compare(node.left, [comparison()], [right])
    if not isinstance(node.ops[0], ast.Is | ast.IsNot | ast.In | ast.NotIn):
        yield ast.Compare(more(node.left), node.ops, [right])
        yield ast.Compare(node.left, node.ops, [more(right)])


def more(node: ast.expr) -> ast.expr:
    """Return `node + 1`."""
    return ast.BinOp(node, ast.Add(), ast.Constant(1))


def other_operations(node: ast.BinOp) -> Iterator[ast.AST]:
    """Yield another operator, and each operand alone: a dropped term."""
    for operator in OPERATORS.get(type(node.op), ()):
        yield ast.BinOp(node.left, operator(), node.right)
    yield node.left
    yield node.right


def other_calls(node: ast.Call) -> Iterator[ast.AST]:
    """Yield the call without its effect, with exchanged arguments, without one keyword, of a namesake."""
    if isinstance(node.func, ast.Attribute) and not isinstance(node.func.value, ast.Name):
        yield node.func.value
    if isinstance(node.func, ast.Name) and node.func.id in NAMESAKES:
        for name in NAMESAKES[node.func.id]:
            if name in ("min", "max", "any", "all", "sum"):
                yield ast.Call(ast.Name(name, ast.Load()), node.args, node.keywords)
    if isinstance(node.func, ast.Name) and node.func.id == "range" and len(node.args) == 1:
        yield ast.Call(node.func, [more(node.args[0])], [])
        yield ast.Call(node.func, [ast.Constant(1), node.args[0]], [])
    if len(node.args) >= 2:
        yield ast.Call(node.func, [node.args[1], node.args[0], *node.args[2:]], node.keywords)
    for place in range(len(node.keywords)):
        yield ast.Call(node.func, node.args, node.keywords[:place] + node.keywords[place + 1 :])


def ignoring(node: ast.FunctionDef) -> Iterator[ast.AST]:
    """Yield the function with one parameter set to its default: it ignores what it is given."""
    defaults = node.args.defaults
    optional = node.args.args[len(node.args.args) - len(defaults) :]
    start = 1 if ast.get_docstring(node) else 0
    for argument, default in zip(optional, defaults, strict=True):
        changed = copy.deepcopy(node)
        line = ast.parse(f"{argument.arg} = {ast.unparse(default)}").body[0]
        changed.body.insert(start, line)
        yield changed
