"""What a model's forward does with an image, as a graph of torch's functions in which sizes stay open.

`torch.fx` runs the forward with a stand-in for the image and writes down each function that it meets. Here the stand-in
also carries what an example image would give, so checks and loops of a forward run as they would, while the height that
a forward *reads* of a map is written down as "the height of this map" and holds for images of any size.
"""

import operator
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.fx.node import map_arg
from torch.fx.proxy import Proxy

SIZES = ("shape", "size", "dim", "numel")  # what a forward may ask of a tensor without looking at its numbers
FIXED = ("ndim", "dtype", "device", "is_cuda", "requires_grad")  # of a tensor, whatever the image's size


def trace(model: nn.Module, image: Tensor) -> fx.Graph:
    """Return the graph of a model's forward on an image (1, C, H, W).

    Each node has in its `meta` the "value" that it has for this image and the path of the "module" in which it stands.
    The model should be in evaluation mode. Raises whatever the model raises for the image, and ValueError if it decides
    by the numbers in the image, which another image has not.
    """
    tracer = _Tracer(image)
    with torch.no_grad():
        return tracer.trace(_Root(model))


class _Root(nn.Module):
    """A forward with one argument, whatever others the model's own has."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, image: Tensor) -> Any:
        return self.model(image)


class _Tracer(fx.Tracer):
    """Follows the forward into every module, torch's own as well, down to functions."""

    def __init__(self, image: Tensor) -> None:
        super().__init__()
        self._image = image
        self._computes = False  # an example value, so nothing is to be written down
        self._modules: list[str] = []

    def call_module(
        self, m: nn.Module, forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        self._modules.append(self.path_of_module(m).removeprefix("model").removeprefix("."))
        try:
            return forward(*args, **kwargs)
        finally:
            self._modules.pop()

    def proxy(self, node: fx.Node) -> Proxy:
        node.meta["module"] = self._modules[-1] if self._modules else ""
        node.meta["value"] = self._value(node)
        asks_size = (node.args[1] if node.target is getattr else node.target) in SIZES
        node.meta["pixels"] = node.op == "placeholder" or (not asks_size and _reads_pixels(node))
        return _Valued(node, self)

    def _value(self, node: fx.Node) -> Any:
        """Return what a node gives for the example image."""
        if node.op == "placeholder":
            return self._image
        if node.op == "get_attr":
            return self._constant(str(node.target))
        args = map_arg(node.args, lambda each: each.meta["value"])
        kwargs = map_arg(node.kwargs, lambda each: each.meta["value"])
        self._computes = True
        try:
            if node.op == "call_method":
                return getattr(args[0], str(node.target))(*args[1:], **kwargs)
            assert callable(node.target)
            return node.target(*args, **kwargs)
        finally:
            self._computes = False

    def _constant(self, path: str) -> Any:
        value: Any = self.root
        for name in path.split("."):
            value = _stored(value, name)
        return value

    def create_arg(self, a: Any) -> Any:
        argument = super().create_arg(a)
        if isinstance(argument, fx.Node) and "value" not in argument.meta:  # a tensor that became an attribute
            argument.meta["module"] = ""
            argument.meta["value"] = self._value(argument)
            argument.meta["pixels"] = False
        return argument

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:
        if self._computes:
            return attr_val
        return super().getattr(attr, attr_val, parameter_proxy_cache)

    def to_bool(self, obj: Proxy) -> bool:
        return bool(_fixed(obj.node))


def _reads_pixels(node: fx.Node) -> bool:
    return any(each.meta["pixels"] for each in node.all_input_nodes)


def _fixed(node: fx.Node) -> Any:
    """Return a value that Python's own code asks for; it may depend on the image's size, but not on its numbers."""
    if node.meta["pixels"]:
        place = f"layer {node.meta['module']!r}" if node.meta["module"] else "the forward"
        raise ValueError(f"{place} decides by the numbers in the image, at {node.name!r}")
    return node.meta["value"]


def _stored(module: Any, name: str) -> Any:
    """Return a part, parameter, buffer or attribute of a module, past the attribute access that a trace replaces."""
    if isinstance(module, nn.Module):
        for store in (module._modules, module._parameters, module._buffers):
            if name in store:
                return store[name]
    return vars(module)[name]


class _Valued(Proxy):
    """A stand-in that knows what it stands for; where Python needs a plain number, it is the example's."""

    def __getattr__(self, k: str) -> Any:
        if k in FIXED:
            return getattr(self.node.meta["value"], k)
        if k == "shape":
            return self.tracer.create_proxy("call_function", getattr, (self, k), {})
        return super().__getattr__(k)

    def __iter__(self) -> Iterator[Any]:
        return (operator.getitem(self, at) for at in range(len(self)))

    def __len__(self) -> int:
        return len(self.node.meta["value"])

    def __index__(self) -> int:
        return _fixed(self.node).__index__()

    def __int__(self) -> int:
        return int(_fixed(self.node))

    def __float__(self) -> float:
        return float(_fixed(self.node))
