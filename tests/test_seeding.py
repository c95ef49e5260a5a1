"""Seeds are folded by a hash; a seeded block disturbs nobody."""

import random

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from segedu.seeding import fold, seeded

NUMBERS = st.integers(-(2**40), 2**40)


@given(NUMBERS, st.lists(NUMBERS, max_size=4))
def test_a_fold_is_a_seed_that_torch_takes(seed, numbers):
    folded = fold(seed, *numbers)
    assert 0 <= folded < 2**63
    torch.Generator().manual_seed(folded)


def test_neighbors_do_not_collide():
    assert len({fold(a, b) for a in range(100) for b in range(100)}) == 10_000


def test_order_grouping_and_type_matter():
    assert len({fold(1, 2), fold(2, 1), fold(12), fold(1, "2"), fold(1, 2, 0)}) == 5


def test_a_seeded_block_repeats_itself_and_leaves_the_generators_as_they_were():
    def draw():
        return torch.rand(1).item(), np.random.rand(), random.random()

    torch.manual_seed(5), np.random.seed(5), random.seed(5)
    undisturbed = draw()
    torch.manual_seed(5), np.random.seed(5), random.seed(5)
    with seeded(7):
        first = draw()
    assert draw() == undisturbed
    with seeded(7):
        assert draw() == first
