"""Attention U-Net: MONAI's gate where both see one size, gates that do what they say, a U-Net where they are open."""

import pytest
import torch
from monai.networks.nets.attentionunet import AttentionBlock
from torch import nn

from segedu.models.unet import AttentionGate, AttentionUNet, UNet
from segedu.ops.cost import count_parameters


def test_a_gate_is_monais_where_its_norms_do_nothing() -> None:
    """MONAI compares at the resolution of the copy and normalizes; with norms that leave values alone, α is ours."""
    torch.manual_seed(0)
    theirs, ours = AttentionBlock(2, f_int=4, f_g=6, f_l=8).eval(), AttentionGate(8, 6, inner=4, stride=1)
    for layer in theirs.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.eps = 0.0
    ours.of_copy.weight.data = theirs.W_x[0].conv.weight.data
    theirs.W_x[0].conv.bias.data.zero_()  # ours has one bias for the sum
    ours.of_gate.load_state_dict(theirs.W_g[0].conv.state_dict())
    ours.score.load_state_dict(theirs.psi[0].conv.state_dict())
    copy, gate = torch.randn(2, 8, 5, 7), torch.randn(2, 6, 5, 7)
    with torch.no_grad():
        torch.testing.assert_close(copy * ours(copy, gate), theirs(gate, copy), rtol=1e-5, atol=1e-5)


def test_a_gate_reads_every_second_pixel_and_the_features_below() -> None:
    gate = AttentionGate(3, 5, inner=2)
    copy, below = torch.randn(1, 3, 6, 8, requires_grad=True), torch.randn(1, 5, 3, 4, requires_grad=True)
    gate(copy, below).sum().backward()
    read = copy.grad.abs().sum(dim=(0, 1)) > 0
    assert read[::2, ::2].all()
    assert read.sum() == 3 * 4
    assert (below.grad.abs().sum(dim=(0, 1)) > 0).all()


def test_open_gates_make_a_u_net() -> None:
    torch.manual_seed(1)
    gated, plain = AttentionUNet(3, 5, width=4, depth=3).eval(), UNet(3, 5, width=4, depth=3).eval()
    plain.load_state_dict({name: value for name, value in gated.state_dict().items() if "attention" not in name})
    images = torch.randn(1, 3, 27, 34)
    for gate in gated.attention:
        nn.init.zeros_(gate.score.weight)
        nn.init.constant_(gate.score.bias, 100.0)  # sigmoid: 1
    with torch.no_grad():
        torch.testing.assert_close(gated(images), plain(images))
        for share in gated.gates(images):
            torch.testing.assert_close(share, torch.ones_like(share))
        for gate in gated.attention:
            nn.init.constant_(gate.score.bias, -100.0)  # shut: as without skips
        for copies_only in plain.merge:
            copies_only[0][0].weight[:, : copies_only[0][0].in_channels // 2] = 0
        torch.testing.assert_close(gated(images), plain(images))


def test_gates_cost_what_their_formula_says() -> None:
    width, depth = 8, 3
    more = count_parameters(AttentionUNet(width=width, depth=depth)) - count_parameters(UNet(width=width, depth=depth))
    channels = [width * 2**level for level in range(depth)]
    assert more == sum(c * (c // 2) + 2 * c * (c // 2) + c // 2 + c // 2 + 1 for c in channels)


@pytest.mark.parametrize("size", [(1, 1), (7, 9), (32, 48)])
def test_shares_lie_between_0_and_1_at_any_size(size: tuple[int, int]) -> None:
    model = AttentionUNet(1, 2, width=2, depth=3, norm="group")
    images = torch.randn(2, 1, *size)
    assert model(images).shape == (2, 2, *size)
    for share in model.gates(images):
        assert ((share > 0) & (share < 1)).all()
    assert model.gates(images)[-1].shape == (2, 1, *size)


def test_all_gates_learn() -> None:
    model = AttentionUNet(3, 2, width=4, depth=2)
    model(torch.randn(2, 3, 16, 16)).square().mean().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_it_learns_in_channels_last_as_in_the_default_format() -> None:
    """A stride of 2 in a 1 × 1 convolution aborted the process here, in torch 2.15's backward on a CPU."""
    torch.manual_seed(0)
    model, images = AttentionUNet(3, 2, width=8, depth=2, norm=False), torch.rand(4, 3, 32, 48)
    gradients = []
    for layout in (torch.contiguous_format, torch.channels_last):
        model.zero_grad()
        model.to(memory_format=layout)(images.to(memory_format=layout)).square().mean().backward()
        gradients.append([parameter.grad.clone() for parameter in model.parameters()])
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-5 * float(one.abs().max()))


def test_other_images_are_named() -> None:
    with pytest.raises(ValueError, match=r"was made for \(N, 3, H, W\)"):
        AttentionUNet(width=2, depth=1)(torch.zeros(1, 1, 4, 4))
