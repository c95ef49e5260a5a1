"""The steps of a network as `kit/network.js` runs them: each makes one map of others, by name.

Sizes that depend on the image's are terms, worked out in the page: "the height of map up.0, minus 2".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor


@dataclass(frozen=True)
class Map:
    """A feature map (channels, height, width); its channels are known, its height and width are the image's matter."""

    name: str
    channels: int


@dataclass(frozen=True)
class Side:
    """The height (axis 0) or the width (axis 1) of a map."""

    map: str
    axis: int


@dataclass(frozen=True)
class Term:
    """A number made of others: operation is one of + - * / // %."""

    operation: str
    numbers: tuple[Any, ...]


@dataclass
class Step:
    """One operation: the name of its result, the maps that it takes, its numbers, and whether a ReLU follows.

    weights: float32 tensors; of a convolution "weight" (O, C / groups, kh, kw) and, per output channel, "scale" and
    "bias" or neither; of a transposed one "weight" (C, O / groups, kh, kw).
    """

    operation: str
    name: str
    channels: int
    inputs: list[str]
    options: dict[str, Any] = field(default_factory=dict)
    weights: dict[str, Tensor] = field(default_factory=dict)
    relu: bool = False


class Refusal(Exception):  # noqa: N818 (it becomes a ValueError where the layer is known)
    """What a page's network can't do, and what can be done about it; the tracing adds where it stands."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend


class Steps:
    """A list of steps that grows; `place` says in which layer the next one stands, `channels` how many it gives."""

    def __init__(self) -> None:
        self.sequence: list[Step] = []
        self.place = ""
        self.channels = 0
        self._names: set[str] = {"image"}

    def add(
        self,
        operation: str,
        inputs: Sequence[Map],
        options: Mapping[str, Any] | None = None,
        weights: Mapping[str, Tensor | None] | None = None,
    ) -> Map:
        """Append a step and return the map that it makes."""
        kept = {key: value.detach().float() for key, value in (weights or {}).items() if value is not None}
        name = self._unique(self.place or operation)
        names = [each.name for each in inputs]
        self.sequence.append(Step(operation, name, self.channels, names, dict(options or {}), kept))
        return Map(name, self.channels)

    def _unique(self, name: str) -> str:
        number = 1
        unique = name
        while unique in self._names:
            number += 1
            unique = f"{name}:{number}"
        self._names.add(unique)
        return unique


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """Return options in which maps have other names, where `names` has one for them."""
    if isinstance(value, Side):
        return Side(names.get(value.map, value.map), value.axis)
    if isinstance(value, Term):
        return Term(value.operation, tuple(renamed(each, names) for each in value.numbers))
    if isinstance(value, dict):
        return {key: renamed(each, names) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [renamed(each, names) for each in value]
    return value


def plain(value: Any) -> Any:
    """Return options as JSON has them: a side is {"map", "axis"}, a term {"operation", "numbers"}."""
    if isinstance(value, Side):
        return {"map": value.map, "axis": value.axis}
    if isinstance(value, Term):
        return {"operation": value.operation, "numbers": plain(value.numbers)}
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value
