"""One way to follow tensors through a module's forward: each tensor that comes of the image has a state.

What a state is, and which one a torch function gives to its outputs, says a rule: receptive fields (field.py), strides
(strides.py), positions in a list of feature maps (maps.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from segedu.ops.trace.modules import tensors_in

State = TypeVar("State")


@dataclass(frozen=True)
class Lost:
    """The state of a tensor that can't be followed any further, and why: "behind 'flip' …"."""

    reason: str


@dataclass(frozen=True)
class Call(Generic[State]):
    """One call of a torch function that took tensors with a state."""

    name: str  # of the function: "conv2d", "relu_", "__add__"
    args: tuple
    kwargs: dict[str, Any]
    states: list[State]  # of the tensors among its arguments that have one, in their order
    sizes: list[torch.Size]  # height and width of these tensors, before the call
    outputs: list[Tensor]


Rule = Callable[[Call[State]], list[State | Lost]]  # the states of a call's outputs, one each


class Follow(TorchFunctionMode, Generic[State]):
    """Inside `with Follow(image, state, rule) as trace:`, every tensor that comes of the image gets a state.

    What comes of a lost tensor is lost too, for the same reason; the rule isn't asked.

    >>> def depth(call):
    ...     return [max(call.states) + 1] * len(call.outputs)
    >>> image = torch.zeros(1, 1, 5, 7)
    >>> with Follow(image, 0, depth) as trace:
    ...     output = (image + 1).relu()
    >>> trace.state_of(output)
    2
    """

    def __init__(self, image: Tensor, state: State, rule: Rule[State]) -> None:
        super().__init__()
        self._rule = rule
        # By id, with the tensor itself: an id is a tensor's own only while it lives.
        self._states: dict[int, tuple[Tensor, State | Lost]] = {id(image): (image, state)}

    def state_of(self, tensor: Tensor) -> State | Lost:
        """Return the tensor's state; it is lost if it did not come of the image."""
        if id(tensor) not in self._states:
            return Lost("the output does not depend on the input")
        return self._states[id(tensor)][1]

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        sources = [tensor for tensor in tensors_in([args, kwargs]) if id(tensor) in self._states]
        states = [self.state_of(tensor) for tensor in sources]
        sizes = [tensor.shape[-2:] for tensor in sources]
        result = func(*args, **kwargs)
        outputs = tensors_in(result)
        if sources and outputs:
            call: Call = Call(getattr(func, "__name__", ""), args, kwargs, states, sizes, outputs)
            self._note(call)
        return result

    def _note(self, call: Call) -> None:
        lost = [state for state in call.states if isinstance(state, Lost)]
        states = [lost[0]] * len(call.outputs) if lost else self._rule(call)
        for output, state in zip(call.outputs, states, strict=True):
            self._states[id(output)] = (output, state)
