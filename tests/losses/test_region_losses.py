"""Focal, Dice, Tversky, Lovász, boundary-weighted cross-entropy: extremes by hand, void, half precision, gradients."""

import itertools

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from segedu.losses import (
    BinaryFocal,
    BinarySoftDice,
    BoundaryCrossEntropy,
    CrossEntropy,
    DiceCrossEntropy,
    Focal,
    LovaszSoftmax,
    SoftDice,
    Tversky,
    boundary,
    boundary_weights,
    class_weights,
)
from segedu.losses.lovasz import lovasz_extension
from segedu.metrics.semantic import ConfusionMatrix

MANY = {
    "focal": Focal(2.0),
    "weighted focal": Focal(2.0, [0.5, 1.0, 3.0]),
    "dice": SoftDice(),
    "dice of present classes": SoftDice(epsilon=0.0, present_only=True),
    "tversky": Tversky(),
    "dice + ce": DiceCrossEntropy(),
    "lovasz": LovaszSoftmax(),
    "boundary": BoundaryCrossEntropy(),
}
BINARY = {"binary focal": BinaryFocal(), "binary dice": BinarySoftDice()}
ALL = [pytest.param(loss, 3, id=name) for name, loss in MANY.items()]
ALL += [pytest.param(loss, 1, id=name) for name, loss in BINARY.items()]


def batch(seed: int = 0, channels: int = 3, void: float = 0.2, size: tuple[int, int] = (6, 9)) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(2, channels, *size, generator=generator)
    target = torch.randint(max(channels, 2), (2, *size), generator=generator)
    return logits, target.masked_fill(torch.rand(target.shape, generator=generator) < void, 255)


def answer(target: Tensor, channels: int, sure: float) -> Tensor:
    """Return logits that give the target's labels a lead of `sure`, negative for wrong ones."""
    if channels == 1:
        return sure * torch.where(target == 1, 1.0, -1.0)[:, None]
    return sure * F.one_hot(target.masked_fill(target == 255, 0), channels).movedim(-1, 1).float()


@pytest.mark.parametrize(("loss", "channels"), ALL)
def test_good_is_better_than_bad_is_better_than_wrong(loss: nn.Module, channels: int) -> None:
    _, target = batch(channels=channels)
    losses = [float(loss(answer(target, channels, sure), target)) for sure in (30.0, 2.0, 0.0, -30.0)]
    assert losses == sorted(losses)
    assert losses[0] < 0.02
    assert losses[-1] > 0.7


@pytest.mark.parametrize(("loss", "channels"), ALL)
def test_what_is_void_has_no_say_and_no_gradient(loss: nn.Module, channels: int) -> None:
    logits, target = batch(channels=channels)
    void = (target == 255)[:, None].expand_as(logits)
    changed = logits.masked_fill(void, 7.0).requires_grad_()
    torch.testing.assert_close(loss(changed, target), loss(logits, target))
    loss(changed, target).backward()
    assert changed.grad[void].count_nonzero() == 0
    assert changed.grad[~void].count_nonzero() > 0


@pytest.mark.parametrize(("loss", "channels"), ALL)
def test_a_batch_of_void_gives_zero_and_zero_gradient(loss: nn.Module, channels: int) -> None:
    logits = torch.randn(2, channels, 4, 5, requires_grad=True)
    value = loss(logits, torch.full((2, 4, 5), 255))
    value.backward()
    assert value.item() == 0
    assert logits.grad is None or logits.grad.count_nonzero() == 0


@pytest.mark.parametrize(("loss", "channels"), ALL)
@pytest.mark.parametrize("scale", [1.0, 50.0, 1e4])
def test_bf16_logits_give_what_their_values_give_in_float32(loss: nn.Module, channels: int, scale: float) -> None:
    logits, target = batch(channels=channels)
    logits = (scale * logits).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        half = logits.clone().requires_grad_()
        value = loss(half, target)
        value.backward()
    full = logits.float().requires_grad_()
    expected = loss(full, target)
    expected.backward()
    assert value.dtype == torch.float32
    torch.testing.assert_close(value, expected, rtol=1e-5, atol=1e-6)
    assert half.grad.isfinite().all()
    torch.testing.assert_close(half.grad.float(), full.grad, rtol=1e-2, atol=1e-4)


@pytest.mark.parametrize(("loss", "channels"), ALL)
def test_gradients_are_those_of_small_steps(loss: nn.Module, channels: int) -> None:
    logits, target = batch(seed=3, channels=channels, size=(3, 4))
    logits = logits.requires_grad_()
    gradient = torch.autograd.grad(loss(logits, target), logits)[0].double()
    step = 1e-2
    for at in itertools.islice(itertools.product(*map(range, logits.shape)), 0, None, 3):
        moved = [logits.detach().clone() for _ in range(2)]
        moved[0][at] += step
        moved[1][at] -= step
        slope = (loss(moved[0], target) - loss(moved[1], target)).double() / (2 * step)
        assert float(gradient[at]) == pytest.approx(float(slope), abs=2e-3)


@pytest.mark.parametrize(("loss", "channels"), ALL)
def test_mistakes_are_named(loss: nn.Module, channels: int) -> None:
    logits, target = batch(channels=channels)
    with pytest.raises(TypeError, match=r"target\.long\(\)"):
        loss(logits, target.float())
    with pytest.raises(ValueError, match=r"target\.squeeze\(1\)"):
        loss(logits, target[:, None])
    with pytest.raises(ValueError, match="target contains label 9"):
        loss(logits, target.masked_fill(target == 0, 9))


def test_a_binary_loss_wants_one_channel() -> None:
    logits, target = batch(channels=3)
    with pytest.raises(ValueError, match="the logits have 3 channels; expected one"):
        BinarySoftDice()(logits, target)


@given(st.integers(0, 999))
@settings(max_examples=50, deadline=None)
def test_soft_dice_on_hard_masks_is_one_minus_dice_and_lovasz_one_minus_iou(seed: int) -> None:
    logits, target = batch(seed, void=0.1)
    prediction = logits.argmax(dim=1)
    matrix = ConfusionMatrix(3).update(prediction, target)
    hard = 100.0 * F.one_hot(prediction, 3).movedim(-1, 1).float()
    assert float(SoftDice(epsilon=0.0)(hard, target)) == pytest.approx(1 - matrix.mean_dice(), abs=1e-5)
    assert float(LovaszSoftmax()(hard, target)) == pytest.approx(1 - matrix.mean_iou(), abs=1e-5)


def test_epsilon_makes_silence_right_where_there_is_nothing() -> None:
    target = torch.zeros(1, 10, 12, dtype=torch.int64)
    silent, one_pixel = torch.full((1, 1, 10, 12), -20.0), torch.full((1, 1, 10, 12), -20.0)
    one_pixel[0, 0, 3, 4] = 20.0
    without, with_epsilon = BinarySoftDice(epsilon=0.0), BinarySoftDice(epsilon=1.0)
    assert float(without(one_pixel, target)) == pytest.approx(1)
    assert float(without(silent, target)) == pytest.approx(1, abs=0.05)  # 0/0: as wrong as anything else
    assert float(with_epsilon(silent, target)) == pytest.approx(0, abs=1e-5)
    assert float(with_epsilon(one_pixel, target)) == pytest.approx(0.5, abs=1e-4)


def test_focal_with_gamma_zero_is_cross_entropy_and_with_two_forgets_the_easy_ones() -> None:
    logits, target = batch()
    torch.testing.assert_close(
        Focal(0.0, [1.0, 2.0, 3.0])(logits, target), CrossEntropy([1.0, 2.0, 3.0])(logits, target)
    )
    easy = torch.tensor([[[[2.1972]], [[0.0]]]])  # p = 0.9
    zero = torch.zeros(1, 1, 1, dtype=torch.int64)
    assert float(Focal(2.0)(easy, zero) / CrossEntropy()(easy, zero)) == pytest.approx(0.01, rel=1e-3)


def test_tversky_prices_a_miss_and_a_false_alarm_apart() -> None:
    target = torch.zeros(1, 6, 10, dtype=torch.int64)
    target[:, :, 4:6] = 1
    wide, narrow = target.clone(), target.clone()
    wide[:, :, 3] = 1
    narrow[:, :, 4] = 0
    loss = Tversky(alpha=0.2, beta=0.8, epsilon=0.0)
    assert loss(answer(narrow, 2, 50.0), target) > loss(answer(wide, 2, 50.0), target)


@pytest.mark.parametrize("pixels", [1, 2, 3, 4])
def test_the_lovasz_extension_is_the_expected_loss_over_a_random_threshold(pixels: int) -> None:
    generator = torch.Generator().manual_seed(pixels)
    for wanted in itertools.product((0.0, 1.0), repeat=pixels):
        errors, mask = torch.rand(pixels, generator=generator), torch.tensor(wanted)
        steps = torch.cat([errors, torch.zeros(1)]).sort().values
        expected = 0.0
        for low, high in itertools.pairwise(steps.tolist()):
            mistakes = errors > (low + high) / 2
            missed, added = float((mask * mistakes).sum()), float(((1 - mask) * mistakes).sum())
            union = float(mask.sum()) + added
            expected += (high - low) * (1 - (float(mask.sum()) - missed) / union if union else 0.0)
        assert float(lovasz_extension(errors, mask)) == pytest.approx(expected, abs=1e-6)


@given(st.integers(0, 999), st.floats(0.5, 2.0))
@settings(max_examples=20, deadline=None)
def test_boundary_weights_follow_the_distance_to_the_nearest_other_class(seed: int, sigma: float) -> None:
    target = torch.randint(3, (1, 5, 8), generator=torch.Generator().manual_seed(seed))
    target[0, :, 5:] = 0
    target[0, 0, 0] = 255
    weights = boundary_weights(target, strength=4.0, sigma=sigma)
    labels = target[0]
    for row, column in itertools.product(range(5), range(8)):
        others = (labels != labels[row, column]) & (labels != 255)
        squared = [(row - y) ** 2 + (column - x) ** 2 for y, x in others.nonzero().tolist()]
        near = [d for d in squared if d <= int(3.5 * sigma) ** 2]
        expected = 1 + (4.0 * torch.exp(torch.tensor(-min(near) / (2 * sigma**2))).item() if near else 0.0)
        assert float(weights[0, row, column]) == pytest.approx(expected, abs=1e-4)


def test_without_strength_outlines_count_as_all_else_and_shares_make_the_whole() -> None:
    logits, target = batch()
    torch.testing.assert_close(BoundaryCrossEntropy(strength=0.0)(logits, target), CrossEntropy()(logits, target))
    for loss in (BoundaryCrossEntropy(), Focal()):
        parts = sum(loss(logits[i : i + 1], target[i : i + 1]) * loss.share(target[i : i + 1]) for i in range(2))
        torch.testing.assert_close(parts / loss.share(target), loss(logits, target))


def test_class_weights_make_rare_classes_count() -> None:
    counts = torch.tensor([900, 90, 10, 0])
    inverse, median, root = (class_weights(counts, rule) for rule in ("inverse", "median", "root"))
    assert (inverse[:3] * counts[:3]).tolist() == pytest.approx([float(inverse[0] * 900)] * 3)
    assert median.tolist() == pytest.approx([0.1, 1.0, 9.0, 0.0])
    assert (root[:3] ** 2 * counts[:3]).tolist() == pytest.approx([float(root[0] ** 2 * 900)] * 3)
    assert float(inverse[:3].mean()) == pytest.approx(1)
    assert float(root[:3].mean()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Focal(-1.0), "gamma is -1.0"),
        (lambda: BinaryFocal(alpha=2.0), "alpha is 2.0"),
        (lambda: Tversky(alpha=-0.1), "numbers of at least 0"),
        (lambda: BinarySoftDice(epsilon=-1.0), "epsilon=-1.0"),
        (lambda: DiceCrossEntropy(dice_weight=2.0), "a share between 0 and 1"),
        (lambda: BoundaryCrossEntropy(sigma=0.0), "more than 0 pixels"),
        (lambda: class_weights([0, 0]), "not all of them 0"),
        (lambda: class_weights([1, 2], "mean"), "choose inverse, median or root"),
    ],
)
def test_settings_out_of_range_are_named(make, words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=words):
        make()


def test_the_distances_of_a_target_are_looked_for_once_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def counted(*arguments: object) -> Tensor:
        calls.append(arguments)
        return boundary_weights(*arguments)

    monkeypatch.setattr(boundary, "boundary_weights", counted)
    loss, (logits, target) = BoundaryCrossEntropy(), batch()
    share, value = loss.share(target.to(torch.uint8)), loss(logits, target)
    assert len(calls) == 1
    assert torch.equal(value, BoundaryCrossEntropy()(logits, target))
    assert torch.equal(share, BoundaryCrossEntropy().share(target))


@pytest.mark.parametrize("change", ["labels", "labels in place", "another size", "strength", "sigma", "class weights"])
def test_kept_distances_are_not_those_of_something_else(change: str) -> None:
    loss = BoundaryCrossEntropy(class_weights=[1.0, 1.0, 1.0])
    target = (torch.arange(9) > 3).long().expand(2, 6, 9).clone()
    before = loss.share(target)
    if change == "labels":
        target = target.roll(1, dims=2)
    elif change == "labels in place":
        target[0, 2, 0] = 2
    elif change == "another size":
        target = target[:, :4]
    elif change == "class weights":
        loss.class_weights[0] = 5.0
    else:
        setattr(loss, change, 1.5)
    anew = BoundaryCrossEntropy(loss.strength, loss.sigma, loss.class_weights)
    assert torch.equal(loss.share(target), anew.share(target))
    assert not torch.equal(loss.share(target), before)


@pytest.mark.parametrize(
    ("loss", "channels"),
    [
        (Tversky(epsilon=0.0), 3),
        (Tversky(epsilon=0.0, present_only=True), 3),
        (SoftDice(epsilon=0.0), 3),
        (BinarySoftDice(epsilon=0.0), 1),
        (DiceCrossEntropy(epsilon=0.0), 3),
    ],
)
def test_void_alone_gives_zero_without_epsilon_too(loss: nn.Module, channels: int) -> None:
    logits = torch.randn(2, channels, 4, 5, requires_grad=True)
    value = loss(logits, torch.full((2, 4, 5), 255))
    value.backward()
    assert value.item() == 0
    assert logits.grad.count_nonzero() == 0


@pytest.mark.parametrize(("loss", "channels"), [(Focal(gamma=0.5), 3), (BinaryFocal(gamma=0.5), 1)])
def test_where_the_network_is_certain_the_gradient_is_finite(loss: nn.Module, channels: int) -> None:
    _, target = batch(channels=channels)
    logits = answer(target, channels, 200.0).requires_grad_()  # p is 1 to the last digit
    loss(logits, target).backward()
    assert logits.grad.isfinite().all()


def test_epsilon_is_in_pixels_of_the_dice() -> None:
    target = torch.zeros(1, 1, 4, dtype=torch.int64)
    even = torch.zeros(1, 2, 1, 4)  # p = 1/2: TP = FN = 2 of class 0, FP = 2 of class 1
    expected = 1 - ((2 * 2 + 1) / (2 * 2 + 2 + 1) + 1 / (2 + 1)) / 2
    assert SoftDice(epsilon=1.0)(even, target).item() == pytest.approx(expected)


def test_dice_cross_entropy_hands_its_settings_to_the_dice() -> None:
    logits, target = batch()
    target = target.masked_fill(target == 2, 0)  # one class is absent
    loss = DiceCrossEntropy(dice_weight=1.0, epsilon=0.5, present_only=True)
    assert torch.equal(loss(logits, target), SoftDice(epsilon=0.5, present_only=True)(logits, target))
    assert not torch.equal(loss(logits, target), SoftDice(epsilon=0.5)(logits, target))
