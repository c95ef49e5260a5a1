"""A rule forbids a family: every way to the same operator is refused, in the source and while it runs."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
import scipy.ndimage
import torch
import torch.nn.functional as F
from scaled_relu import EXERCISE, examine, truth
from torch import nn

import segedu as se
from segedu.exercises.engine import families, rules

KERNEL = torch.ones(1, 1, 1, 1)


def with_rule(*forbidden):
    return dataclasses.replace(EXERCISE, forbidden=forbidden)


def hidden(owner, *parts):
    """Return a function whose name stands nowhere in the source."""
    return getattr(owner, "".join(parts))


def by_conv3d(x, scale):
    return truth(F.conv3d(x[None, None, None], KERNEL[None])[0, 0, 0], scale)


def by_conv1d(x, scale):
    return truth(torch.conv1d(x[None].reshape(1, 1, -1), KERNEL[0]).view_as(x), scale)


def by_transposed(x, scale):
    return truth(hidden(F, "conv_", "transpose2d")(x[None, None], KERNEL)[0, 0], scale)


def by_module_of_the_family(x, scale):
    return truth(hidden(nn, "Conv", "1d")(1, 1, 1)(x.reshape(1, 1, -1)).view_as(x), scale)


def by_aten(x, scale):
    return truth(
        torch.ops.aten.convolution(x[None, None], KERNEL, None, [1] * 2, [0] * 2, [1] * 2, False, [0] * 2, 1)[0, 0],
        scale,
    )


def by_hidden_aten(x, scale):
    operator = hidden(torch.ops.aten, "_convo", "lution").default
    flags = [1, 1], [0, 0], [1, 1], False, [0, 0], 1, False, False, False, False
    return truth(operator(x[None, None], KERNEL, None, *flags)[0, 0], scale)


def by_backward(x, scale):
    return truth(torch.nn.grad.conv2d_input((1, 1, *x.shape), KERNEL, x[None, None])[0, 0], scale)


@pytest.mark.parametrize(
    "function",
    [by_conv3d, by_conv1d, by_transposed, by_module_of_the_family, by_aten, by_hidden_aten, by_backward],
)
def test_no_other_convolution_takes_the_place_of_the_forbidden_one(function):
    result, message = examine(function, with_rule("F.conv2d"))
    assert result.outcome == "not yet"
    assert "without `F.conv2d` or another convolution of torch" in message
    assert "line" in message  # it says where


def test_what_ends_in_no_convolution_is_allowed():
    def by_matmul(x, scale):
        return truth(torch.einsum("hw,wk->hk", x, torch.eye(x.shape[1])), scale)

    assert examine(by_matmul, with_rule("F.conv2d", "F.unfold", "F.interpolate", "F.max_pool2d"))[0]


def test_a_convolution_is_no_transposed_one_unless_it_is():
    def plain(x, scale):
        return truth(F.conv2d(x[None, None], KERNEL)[0, 0], scale)

    def transposed(x, scale):
        operator = hidden(torch.ops.aten, "convo", "lution")
        return truth(operator(x[None, None], KERNEL, None, [1] * 2, [0] * 2, [1] * 2, True, [0] * 2, 1)[0, 0], scale)

    rule = with_rule("F.conv_transpose2d")
    assert examine(plain, rule)[0]
    assert "another transposed convolution of torch" in examine(transposed, rule)[1]


@pytest.mark.parametrize(
    ("rule", "call"),
    [
        ("F.interpolate", lambda x: hidden(torch._C._nn, "upsample_", "bilinear2d")(x[None, None], x.shape, False)),
        ("F.interpolate", lambda x: hidden(torch.ops.aten, "upsample_", "nearest2d")(x[None, None], x.shape)),
        ("F.interpolate", lambda x: hidden(F, "grid_", "sample")(x[None, None], torch.zeros(1, 1, 1, 2))),
        ("F.interpolate", lambda x: hidden(nn, "Ups", "ample")(scale_factor=1)(x[None, None])),
        ("F.unfold", lambda x: hidden(x, "un", "fold")(0, 1, 1)),
        ("F.unfold", lambda x: hidden(nn, "Un", "fold")(1)(x[None, None])),
        ("F.max_pool2d", lambda x: hidden(nn, "AvgPool", "1d")(1)(x)),
        ("F.max_unpool2d", lambda x: hidden(F, "max_un", "pool1d")(x, torch.arange(x.shape[1]).expand_as(x), 1)),
        ("torch.log_softmax", lambda x: hidden(torch.special, "log_", "softmax")(x, 0)),
        ("torch.log_softmax", lambda x: hidden(x, "log_", "softmax")(0)),
        ("torch.logsumexp", lambda x: hidden(torch.special, "logsum", "exp")(x, 0)),
        ("torch.logsumexp", lambda x: hidden(torch, "logadd", "exp")(x, x)),
        ("F.cross_entropy", lambda x: hidden(nn, "CrossEntropy", "Loss")()(x, x.long().clamp(0, 1)[:, 0])),
        ("F.nll_loss", lambda x: hidden(torch._C._nn, "nll_", "loss_nd")(x, x.long().clamp(0, 1)[:, 0])),
        ("F.one_hot", lambda x: hidden(torch.ops.aten, "one_", "hot")(x.long().abs())),
    ],
)
def test_every_way_into_a_family_is_refused(rule, call):
    def answer(x, scale):
        call(x)
        return truth(x, scale)

    assert f"asks for a solution without `{rule}`" in examine(answer, with_rule(rule))[1]


@pytest.mark.parametrize(
    ("rule", "call"),
    [
        ("scipy.ndimage.label", lambda x: hidden(scipy.ndimage, "la", "bel")(np.eye(3))),
        ("se.receptive_field", lambda x: hidden(se, "receptive_", "field")([(3, 1)])),
        ("se.ops.output_size", lambda x: hidden(se.ops, "output_", "size")(5, 3)),
    ],
)
def test_functions_that_are_not_torchs_are_refused_under_any_name(rule, call):
    def answer(x, scale):
        call(x)
        return truth(x, scale)

    assert f"asks for a solution without `{rule}`" in examine(answer, with_rule(rule))[1]


def test_the_package_of_a_rule_need_not_be_installed():
    assert rules.targets("no_such_package.label") == []


def test_each_family_says_what_it_is_and_holds_what_it_should():
    for family in families.FAMILIES:
        assert families.members(family), family.words
    assert families.family_of("F.relu") is None


def test_an_answer_that_catches_everything_is_refused_all_the_same():
    def catches(x, scale):
        try:
            return truth(F.conv2d(x[None, None], KERNEL)[0, 0], scale)
        except Exception:
            return truth(x, scale)

    assert "asks for a solution without" in examine(catches, with_rule("F.conv2d"))[1]


def test_a_rule_imports_no_compiler():
    code = (
        "import sys, segedu as se; se.check('03.conv2d', lambda x, *rest, **more: x.mean());"
        "assert 'torch._dynamo' not in sys.modules and 'triton' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
