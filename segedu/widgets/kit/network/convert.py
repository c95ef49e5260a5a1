"""From the graph of a forward to steps: functions become steps, sizes become terms, what isn't needed is left out."""

import operator
from collections.abc import Mapping
from typing import Any

import torch
from torch import fx
from torch.fx.node import map_arg

from segedu.widgets.kit.network.functions import FUNCTIONS
from segedu.widgets.kit.network.steps import Map, Refusal, Side, Step, Steps, Term

Outputs = dict[str, str]  # the network's name of an output → the name of its map
ARITHMETIC = {
    operator.add: "+",
    operator.sub: "-",
    operator.mul: "*",
    operator.truediv: "/",
    operator.floordiv: "//",
    operator.mod: "%",
}
COMPARISONS = (operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge, operator.not_)
IN_PLACE = (operator.iadd, operator.isub, operator.imul, operator.itruediv)


def convert(graph: fx.Graph) -> tuple[list[Step], Outputs]:
    """Return the steps of a graph that `trace` made, in its order, and the network's outputs by name.

    Raises ValueError, naming the layer, for what `kit/network.js` can't do.
    """
    needed = _needed(graph)
    steps = Steps()
    values: dict[fx.Node, Any] = {}
    outputs: Outputs = {}
    for node in graph.nodes:
        if node not in needed:
            continue
        if node.op == "output":
            outputs = _outputs(map_arg(node.args[0], lambda each: values[each]))
            continue
        values[node] = _value(node, values, steps)
        if _writes_in_place(node):
            _replace(values, values[node.args[0]], values[node])
    return steps.sequence, outputs


def _needed(graph: fx.Graph) -> set[fx.Node]:
    """Return the nodes that the output comes of; what writes into a map that is read later is one of them."""
    needed: set[fx.Node] = set()
    for node in reversed(graph.nodes):
        writes = _writes_in_place(node) and node.args[0] in needed
        if node.op == "output" or writes or any(user in needed for user in node.users):
            needed.add(node)
            needed.update(node.all_input_nodes)
    return needed


def _writes_in_place(node: fx.Node) -> bool:
    if node.op not in ("call_function", "call_method"):
        return False
    name = _name(node)
    by_name = name.endswith("_") and not name.endswith("__")
    return by_name or node.target in IN_PLACE or node.kwargs.get("inplace") is True


def _name(node: fx.Node) -> str:
    return str(getattr(node.target, "__name__", node.target))


def _value(node: fx.Node, values: Mapping[fx.Node, Any], steps: Steps) -> Any:
    """Return what a node stands for: a map, a size, or a constant."""
    if node.op == "placeholder":
        return Map("image", node.meta["value"].shape[1])
    args: Any = map_arg(node.args, lambda each: values[each])
    kwargs: Any = map_arg(node.kwargs, lambda each: values[each])
    if node.op == "get_attr" or not _depends((args, kwargs)):
        return node.meta["value"]

    # What a forward reads and computes of sizes.
    if node.target is getattr and args[1] == "shape":
        return _size(args[0])
    if _name(node) == "size":
        return _size(*args, **kwargs)
    if node.target in COMPARISONS:
        return node.meta["value"]  # the branch that was taken is in the graph
    if node.target is operator.getitem and isinstance(args[0], tuple | list):
        return args[0][args[1]]
    if node.target in ARITHMETIC and not any(isinstance(each, Map) for each in args):
        return Term(ARITHMETIC[node.target], tuple(args))
    if node.target is operator.neg and not isinstance(args[0], Map):
        return Term("-", (0, args[0]))
    return _step(node, args, kwargs, steps)


def _depends(value: Any) -> bool:
    """Return whether there is a map or a size in it."""
    if isinstance(value, Map | Side | Term):
        return True
    if isinstance(value, slice):
        return _depends((value.start, value.stop, value.step))
    if isinstance(value, Mapping):
        value = list(value.values())
    return isinstance(value, tuple | list) and any(_depends(each) for each in value)


def _size(input: Any, dim: Any = None) -> Any:
    shape = (1, input.channels, Side(input.name, 0), Side(input.name, 1))
    return shape[dim] if isinstance(dim, int) else shape


def _step(node: fx.Node, args: Any, kwargs: Any, steps: Steps) -> Any:
    """Append the step of a torch function and return its map."""
    name = str(args[1]) if node.target is getattr else _name(node).removesuffix("_")
    example = node.meta["value"]
    if isinstance(example, tuple):
        example = example[0]
    steps.place = node.meta["module"]
    steps.channels = example.shape[1] if isinstance(example, torch.Tensor) and example.ndim > 1 else 0
    where = f"layer {steps.place!r}" if steps.place else "the model's forward"
    if name not in FUNCTIONS:
        known = ", ".join(sorted(FUNCTIONS))
        raise ValueError(f"{where} calls {name!r}, which a network in a page can't do; use one of {known}.")
    try:
        return FUNCTIONS[name](steps, *args, **kwargs)
    except Refusal as refusal:
        raise ValueError(f"{where} {refusal.what}, which a network in a page can't do; {refusal.mend}.") from None
    except (TypeError, AttributeError) as error:  # an argument that isn't known, a map where a constant is expected
        raise ValueError(f"{where} calls {name!r} with what a network in a page can't take ({error}).") from error


def _replace(values: dict[fx.Node, Any], old: Any, new: Any) -> None:
    """Let all names of a map that was written into mean what was written."""
    for node, value in values.items():
        if value == old:
            values[node] = new


def _outputs(value: Any) -> Outputs:
    """Return the outputs by name; one alone is "out", those of a list are "0", "1", …"""
    if isinstance(value, Map):
        value = {"out": value}
    if isinstance(value, tuple | list):
        value = {str(at): each for at, each in enumerate(value)}
    if not isinstance(value, Mapping) or not all(isinstance(each, Map) for each in value.values()):
        raise ValueError("the model's forward returns something else than maps (N, C, H, W); return logits.")
    return {str(name): each.name for name, each in value.items()}
