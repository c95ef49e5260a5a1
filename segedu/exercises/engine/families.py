"""Families of functions that do the same: a rule that forbids one of them forbids all, under every name and path.

"Without `F.conv2d`" means without a convolution of torch: `F.conv3d`, `nn.Conv1d`, a transposed convolution of the
flipped kernel, and the operators of aten behind them do the exercise as well.
"""

import dataclasses
import functools
import importlib
import pkgutil
import re
from typing import Any

import torch
from torch._ops import OpOverload, OpOverloadPacket


@dataclasses.dataclass(frozen=True)
class Family:
    """Functions, methods, modules and operators of one kind. Patterns match whole names, without regard to case."""

    words: str  # how a task says it: "convolution of torch"
    pattern: str
    outside: tuple[str, ...] = ()  # functions of other packages: "scipy.special.logsumexp"

    def matches(self, name: str) -> bool:
        """Return whether a name belongs to the family."""
        return re.fullmatch(self.pattern, name.lower().strip("_")) is not None


FAMILIES = (
    Family(
        "convolution of torch",
        r"(\w+_)?(lazy)?conv(_?transpose)?([123]d)?(_tbc|_input|_weight)?|\w*convolution\w*"
        r"|\w*conv_(dilated|depthwise)\w*",
    ),
    Family(
        "transposed convolution of torch",
        r"(lazy)?conv_?transpose[123]d|conv[123]d_input|\w*convolution_backward\w*",
    ),
    Family("unfolding of torch", r"unfold|im2col|unfold_copy"),
    Family("folding of torch", r"fold|col2im"),
    Family("pooling of torch", r"(adaptive_?|fractional_?)?(max|avg|lp)_?pool[123]d\w*"),
    Family("unpooling of torch", r"max_?unpool[123]d"),
    Family("resizing of torch", r"interpolate|(_?upsample|upsampling)\w*|(cudnn_)?grid_sample\w*|grid_sampler\w*"),
    Family("one-hot function of torch", r"one_hot"),
    Family("cross-entropy of torch", r"cross_?entropy(_?loss)?|linear_cross_entropy"),
    Family("negative log-likelihood of torch", r"nll_?loss(2d|_nd)?\w*"),
    Family("log-softmax of torch", r"log_?softmax|adaptive_?log_?softmax\w*", ("scipy.special.log_softmax",)),
    Family("log-sum-exp of torch", r"(special_)?logsumexp|logaddexp2?|logcumsumexp", ("scipy.special.logsumexp",)),
    Family("ready-made labeling of regions", r"(?!)", (
        "scipy.ndimage.label", "skimage.measure.label", "skimage.morphology.label", "cv2.connectedComponents",
        "cv2.connectedComponentsWithStats", "scipy.sparse.csgraph.connected_components",
        "skimage.measure.regionprops", "networkx.connected_components", "networkx.number_connected_components",
    )),
    Family("ready-made convolution", r"(?!)", (
        "scipy.signal.convolve", "scipy.signal.convolve2d", "scipy.signal.correlate", "scipy.signal.correlate2d",
        "scipy.signal.fftconvolve", "scipy.signal.oaconvolve", "scipy.ndimage.convolve", "scipy.ndimage.convolve1d",
        "scipy.ndimage.correlate", "scipy.ndimage.correlate1d",
    )),
    Family("ready-made resizing", r"(?!)", (
        "scipy.ndimage.zoom", "scipy.ndimage.map_coordinates", "scipy.ndimage.affine_transform",
        "scipy.ndimage.geometric_transform", "PIL.Image.Image.resize", "PIL.Image.Image.transform", "cv2.resize",
        "skimage.transform.resize", "skimage.transform.rescale", "skimage.transform.warp",
    )),
)  # fmt: skip
PLACES = (
    "torch",
    "torch.nn",
    "torch.nn.functional",
    "torch.nn.grad",
    "torch.special",
    "torch._C._nn",
    "torch._C._special",
)


def family_of(rule: str) -> Family | None:
    """Return the family that a rule such as "F.conv2d" forbids, or None if it forbids a single function.

    >>> family_of("F.conv_transpose2d").words, family_of("nn.Conv2d").words, family_of("se.receptive_field")
    ('transposed convolution of torch', 'convolution of torch', None)
    """
    head, _, name = rule.rpartition(".")
    if head.startswith("se"):
        return None
    if head.partition(".")[0] in ("scipy", "skimage", "cv2"):
        return next((family for family in FAMILIES if rule in family.outside), None)
    fitting = [family for family in FAMILIES if family.matches(name)]
    return fitting[-1] if fitting else None  # the narrower family stands below the wider one


@functools.cache
def members(family: Family) -> tuple[Any, ...]:
    """Return the functions, methods, modules of a family that exist here."""
    found = []
    for place in (*map(importlib.import_module, PLACES), torch.Tensor):
        for name in dir(place):
            if family.matches(name) and callable(getattr(place, name)):
                found.append(getattr(place, name))
    for path in family.outside:
        try:
            found.append(pkgutil.resolve_name(path))
        except (ImportError, AttributeError):  # not installed: nobody can use it
            continue
    return tuple(found)


def is_operator_of(family: Family, operator: Any, arguments: tuple[Any, ...] = ()) -> bool:
    """Return whether an operator of `torch.ops` (with or without its overload) belongs to a family.

    All convolutions end in one operator of aten; whether it is a transposed one, its seventh argument says.
    """
    if not isinstance(operator, OpOverload | OpOverloadPacket):
        return False
    name = str(operator).partition(".")[2].partition(".")[0]  # of "aten.convolution.default"
    if name == "convolution" and family.words.startswith("transposed"):
        return len(arguments) > 6 and bool(arguments[6])
    return family.matches(name)
