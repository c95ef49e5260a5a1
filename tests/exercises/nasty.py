"""Nasty answers by number, the same on every run: what somebody who wants to break `check` may give it."""

import itertools
import random
import sys
import warnings
from collections import OrderedDict, defaultdict, namedtuple
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

Answer = Any
Pair = namedtuple("Pair", "a b")


class MuteError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("mute")


class LongError(Exception):
    def __str__(self) -> str:
        return "long\n" * 100_000


class Unshowable:
    def __repr__(self) -> str:
        raise RuntimeError("unshowable")


class Evil:
    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError("evil")


class AlwaysEqual:
    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: Any) -> Any:
        return 1

    def __int__(self) -> int:
        return 7

    __index__ = __int__


class LyingInt(int):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__

    def __repr__(self) -> str:
        return "y" * 100_000


class LyingFloat(float):
    def __sub__(self, other: Any) -> float:
        return 0.0

    __rsub__ = __sub__


class LyingTensor(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in (torch.Tensor.shape.__get__, torch.Tensor.__eq__):
            return True
        return super().__torch_function__(func, types, args, kwargs or {})


class EndlessList(list):
    def __iter__(self) -> Any:
        return iter(int, 1)


def holding(value: Any) -> np.ndarray:
    """Return an array of objects that holds one."""
    array = np.empty(1, dtype=object)
    array[0] = value
    return array


def deep(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


def ring() -> Any:
    value: list[Any] = [1]
    value.append(value)
    return value


def tensor(draw: random.Random) -> Any:
    """Return a tensor of any shape, dtype and layout."""
    shape = [draw.choice((0, 1, 2, 3, 5, 7)) for _ in range(draw.randint(0, 4))]
    value = torch.zeros(shape) + draw.choice((0.0, 1.0, -1.5, 255.0, 1e30, float("nan"), float("inf")))
    return draw.choice(
        [
            lambda: value,
            lambda: value.long() if bool(torch.isfinite(value).all()) else value,
            lambda: value.bool(),
            lambda: value.to(torch.float16),
            lambda: value.to(torch.bfloat16),
            lambda: value.to(torch.complex64),
            lambda: value.to_sparse() if value.ndim else value,
            lambda: value.to("meta"),
            lambda: value.requires_grad_(),
            lambda: value.as_subclass(LyingTensor),
            lambda: value.numpy(),
            lambda: value.numpy().astype(">f8"),
            lambda: value.expand(3, *value.shape),
            lambda: value.numpy().astype(object),
            lambda: nn.Parameter(value),
        ]
    )()


def scalar(draw: random.Random) -> Any:
    """Return a number, a text, or what passes for one."""
    number = draw.choice((0, 1, 2, 3, 5, 7, 12, 64, 255, 256, -1))
    return draw.choice(
        [
            *(
                number,
                float(number),
                -float(number),
                str(number),
                bool(number),
                complex(number, 1),
                Fraction(number, 7),
            ),
            *(Decimal(number), np.int64(number), np.float32(number), np.uint8(number % 256), np.bool_(True), None, ...),
            *(float("nan"), float("-inf"), 10**5000, -(10**400), LyingInt(number), LyingFloat(number), np.str_("x")),
            *("", "pixel accuracy", "\0", "é" * 5000, b"\xff", np.datetime64("2020-01-01"), NotImplemented, type),
        ]
    )


def strange(draw: random.Random) -> Any:
    """Return an object that lies, fails, or is large."""
    return draw.choice(
        [
            *(Unshowable, Evil, AlwaysEqual, lambda: deep(50_000), ring, lambda: [1] * 10**5, lambda: "z" * 10**6),
            *(lambda: range(10**12), lambda: iter(int, 1), itertools.count, lambda: (x for x in range(10)), object),
            *(lambda: sys, lambda: torch, lambda: nn.Linear(2, 3), lambda: nn.Identity(), lambda: nn.LazyConv2d(2, 3)),
            *(
                lambda: defaultdict(list),
                lambda: OrderedDict(a=1),
                lambda: Pair(1, 2),
                lambda: {1, 2},
                lambda: EndlessList([1]),
            ),
            *(
                lambda: {Unshowable(): 1},
                lambda: [Evil()],
                lambda: holding(Evil()),
                lambda: memoryview(b"abc"),
            ),
            *(
                lambda: torch.zeros(300, 300),
                lambda: torch.device("cpu"),
                lambda: torch.float32,
                lambda: torch.Size([2, 3]),
            ),
            *(lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), lambda: nn.ModuleList([nn.ReLU()]), lambda: print),
        ]
    )()


def value(draw: random.Random, depth: int = 0) -> Any:
    """Return a value: a tensor, a number, something strange, or a container of such."""
    kind = draw.randint(0, 9)
    if kind < 3:
        return tensor(draw)
    if kind < 6:
        return scalar(draw)
    if kind < 8 or depth > 2:
        return strange(draw)
    items = [value(draw, depth + 1) for _ in range(draw.randint(0, 4))]
    if draw.random() < 0.3:
        return {draw.choice(("kernel", "weight", "map", "value", "gradient")): item for item in items}
    return draw.choice((list, tuple))(items)


TURNS: list[Callable[[Any], Any]] = [
    *(lambda x: x, lambda x: x + 1, lambda x: x * 2, lambda x: -x, lambda x: x.T, lambda x: x[None], lambda x: x[0]),
    *(lambda x: x.double(), lambda x: x.float(), lambda x: x.long(), lambda x: x.numpy(), lambda x: x.to_sparse()),
    *(
        lambda x: x.sum(),
        lambda x: x.mean(),
        lambda x: x.flatten(),
        lambda x: x.tolist(),
        lambda x: len(x),
        lambda x: x.max(),
    ),
    *(lambda x: x.argmax(0), lambda x: x.unique(), lambda x: x.clamp(0, 1), lambda x: x.softmax(0), lambda x: list(x)),
    *(
        lambda x: x.add_(1),
        lambda x: x.pop(),
        lambda x: x.append(3),
        lambda x: x.eval(),
        lambda x: x.clear(),
        lambda x: x / 0,
    ),
    *(
        lambda x: F.interpolate(x[None], scale_factor=2)[0],
        lambda x: F.conv2d(x, x),
        lambda x: x.log(),
        lambda x: x.item(),
    ),
]
ERRORS: list[Any] = [
    *(MuteError, LongError, GeneratorExit, SystemExit, BaseException, StopIteration, RecursionError, MemoryError),
    partial(ValueError, "I/O operation on closed file."),
    partial(KeyError, Unshowable()),
    partial(OSError, 5, "x"),
    AssertionError,
]


def turning(draw: random.Random) -> Answer:
    """Return a function that makes something of one of its arguments."""
    place, turn, other = draw.randint(0, 5), draw.choice(TURNS), draw.choice(TURNS)

    def answer(**arguments: Any) -> Any:
        values = list(arguments.values()) or [torch.ones(2, 3)]
        result = turn(values[place % len(values)])
        return other(result) if place % 2 else result

    return answer


def returning(draw: random.Random) -> Answer:
    """Return a function, or something that can be called like one, that returns a value."""
    result = value(draw)
    form = draw.randint(0, 6)
    if form == 0:
        return type("Made", (), {"__init__": lambda self, *a, **k: None, "__call__": lambda self, **k: result})
    if form == 1:
        return type("Callable", (), {"__call__": lambda self, *a, **k: result})()
    if form == 2:
        return partial(lambda *a, **k: result)

    def answer(*positions: Any, **arguments: Any) -> Any:
        return result

    return answer


def failing(draw: random.Random) -> Answer:
    """Return a function that raises, at once or after a while."""
    error, late = draw.choice(ERRORS), draw.random() < 0.3

    def answer(**arguments: Any) -> Any:
        answer.calls += 1  # type: ignore[attr-defined]
        if not late or answer.calls > 2:  # type: ignore[attr-defined]
            raise error()
        return 1

    answer.calls = 0  # type: ignore[attr-defined]
    return answer


def loud(draw: random.Random) -> Answer:
    """Return a function that floods the notebook with prints, warnings or errors."""
    text, times, result = (
        draw.choice(("x" * 200_000, "line\n" * 5_000, "\r" * 999, "\0\x1b[31m", "✗é")),
        draw.randint(1, 5),
        value(draw),
    )
    way = draw.choice((print, lambda t: sys.stderr.write(t[:5_000]), lambda t: warnings.warn(t[:50], stacklevel=1)))

    def answer(**arguments: Any) -> Any:
        for _ in range(times):
            way(text)
        return result

    return answer


def meddling(draw: random.Random) -> Answer:
    """Return a function that changes what it shouldn't."""
    acts: list[Callable[[], Any]] = [
        *(
            lambda: torch.set_default_dtype(torch.float64),
            lambda: torch.set_grad_enabled(False),
            lambda: random.seed(3),
        ),
        *(lambda: setattr(torch, "allclose", lambda *a, **k: True), lambda: setattr(F, "conv2d", None)),
        *(
            lambda: setattr(torch.Tensor, "__eq__", lambda *a: True),
            lambda: torch.manual_seed(3),
            lambda: sys.stdout.close(),
        ),
        *(
            lambda: setattr(torch, "isclose", lambda *a, **k: torch.tensor(True)),
            lambda: torch.set_default_device("meta"),
        ),
    ]
    act, result = draw.choice(acts), value(draw)

    def answer(**arguments: Any) -> Any:
        act()
        return result

    return answer


def odd(draw: random.Random) -> Answer:
    """Return a function with an odd signature or of an odd kind."""

    def generator(*a: Any, **k: Any) -> Any:
        yield from range(3)

    async def coroutine(*a: Any, **k: Any) -> Any:
        return 3

    def recursive(*a: Any, **k: Any) -> Any:
        return recursive(*a, **k)

    def stub(*a: Any, **k: Any) -> Any: ...

    forms = [
        *(
            generator,
            coroutine,
            recursive,
            stub,
            lambda: 3,
            lambda x: x,
            lambda x, /: x,
            lambda *, a, b: a,
            lambda a, b, c=3: a,
        ),
        *(
            print,
            len,
            sum,
            torch.add,
            F.relu,
            np.add,
            int,
            list,
            dict,
            type,
            max,
            torch.Tensor,
            nn.ReLU,
            nn.Sequential,
            "abc".upper,
        ),
        *(
            torch.ones(2).add_,
            [].append,
            {}.get,
            property,
            staticmethod(len),
            classmethod(len),
            torch.jit,
            eval,
            exit,
            input,
        ),
    ]
    return draw.choice(forms)


def looping(draw: random.Random) -> Answer:
    """Return a function that doesn't end, and may catch what would end it."""

    def plain(*a: Any, **k: Any) -> Any:
        while True:
            draw.random()

    def stubborn(*a: Any, **k: Any) -> Any:
        while True:
            try:
                draw.random()
            except BaseException:
                continue

    return draw.choice((plain, stubborn))


KINDS = (*[returning] * 8, *[turning] * 5, *[failing] * 2, loud, meddling, odd, value)


def nasty(number: int) -> Answer:
    """Return the nasty answer with this number; every hundredth is an endless loop."""
    draw = random.Random(number)
    return looping(draw) if number % 100 == 99 else draw.choice(KINDS)(draw)
