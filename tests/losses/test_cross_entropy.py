"""Cross-entropy: torch's numbers where torch has one, zero where nothing counts, shares that add up."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from segedu.losses import CrossEntropy


def batch(seed: int, num_classes: int = 4, void: float = 0.3, n: int = 3) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(n, num_classes, 5, 7, generator=generator)
    target = torch.randint(num_classes, (n, 5, 7), generator=generator)
    return logits, target.masked_fill(torch.rand(target.shape, generator=generator) < void, 255)


@given(st.integers(0, 999), st.booleans(), st.sampled_from([0.0, 0.3, 0.9]))
@settings(max_examples=50, deadline=None)
def test_loss_and_gradient_equal_torch(seed: int, weighted: bool, void: float) -> None:
    logits, target = batch(seed, void=void)
    weights = torch.tensor([0.5, 1.0, 0.0, 3.0]) if weighted else None
    ours, theirs = (logits.clone().requires_grad_() for _ in range(2))
    loss = CrossEntropy(weights)(ours, target)
    expected = F.cross_entropy(theirs, target, weights, ignore_index=255)
    torch.testing.assert_close(loss, expected)
    loss.backward()
    expected.backward()
    torch.testing.assert_close(ours.grad, theirs.grad)


@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 3.0, 4.0]])
def test_a_batch_of_void_gives_zero_and_zero_gradient(weights: list[float] | None) -> None:
    logits = torch.randn(2, 4, 5, 7, requires_grad=True)
    loss = CrossEntropy(weights)(logits, torch.full((2, 5, 7), 255))
    loss.backward()
    assert loss.item() == 0
    assert logits.grad.count_nonzero() == 0


@given(st.integers(0, 999), st.booleans())
@settings(max_examples=30, deadline=None)
def test_parts_weighted_by_share_make_the_whole(seed: int, weighted: bool) -> None:
    logits, target = batch(seed)
    target[0] = 255
    loss = CrossEntropy([0.5, 1.0, 2.0, 3.0] if weighted else None)
    parts = sum(loss(logits[i : i + 1], target[i : i + 1]) * loss.share(target[i : i + 1]) for i in range(3))
    torch.testing.assert_close(parts / loss.share(target), loss(logits, target))


def test_good_is_better_than_bad_is_better_than_wrong() -> None:
    target = torch.randint(3, (1, 5, 7), generator=torch.Generator().manual_seed(0))
    right = F.one_hot(target, 3).movedim(-1, 1).float()
    loss = CrossEntropy()
    assert loss(10 * right, target) < loss(right, target) < loss(0 * right, target) < loss(-10 * right, target)


def test_deterministic_mode_changes_no_number() -> None:
    logits, target = batch(0)
    loss = CrossEntropy([0.5, 1.0, 2.0, 3.0])
    expected = loss(logits, target)
    torch.use_deterministic_algorithms(True)
    try:
        torch.testing.assert_close(loss(logits, target), expected)
    finally:
        torch.use_deterministic_algorithms(False)


def test_half_precision_logits_give_a_float32_loss() -> None:
    logits, target = batch(0)
    assert CrossEntropy()(logits.bfloat16(), target.to(torch.uint8)).dtype == torch.float32


def test_class_weights_are_not_part_of_a_checkpoint() -> None:
    assert CrossEntropy([1.0, 2.0]).state_dict() == {}


LOGITS, TARGET = torch.zeros(2, 3, 4, 6), torch.zeros(2, 4, 6, dtype=torch.int64)


@pytest.mark.parametrize(
    ("logits", "target", "error", "message"),
    [
        (LOGITS, TARGET.float(), TypeError, r"target\.long\(\)"),
        (LOGITS, TARGET[:, None], ValueError, r"target\.squeeze\(1\)"),
        (LOGITS, F.one_hot(TARGET, 3).movedim(-1, 1), ValueError, r"target\.argmax\(dim=1\)"),
        (LOGITS, TARGET.transpose(1, 2), ValueError, r"\(2, 3, 4, 6\), the target \(2, 6, 4\)"),
        (LOGITS.argmax(1), TARGET, ValueError, r"expected \(N, C, H, W\)"),
        (LOGITS, TARGET + 3, ValueError, "target contains label 3; expected 0 … 2"),
        (LOGITS, TARGET - 1, ValueError, "target contains label -1"),
    ],
)
def test_each_mistake_is_named(logits: Tensor, target: Tensor, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        CrossEntropy()(logits, target)


def test_wrong_weights_are_named() -> None:
    with pytest.raises(ValueError, match="2 class weights for 3 channels"):
        CrossEntropy([1.0, 2.0])(LOGITS, TARGET)
    with pytest.raises(ValueError, match="one number ≥ 0 per class"):
        CrossEntropy([1.0, -2.0])
