"""Losses, from logits (N, C, H, W) and label maps (N, H, W) to one number: one kind a file."""

from .boundary import BoundaryCrossEntropy, boundary_weights
from .cross_entropy import CrossEntropy, class_weights
from .dice import BinarySoftDice, DiceCrossEntropy, SoftDice, Tversky
from .focal import BinaryFocal, Focal
from .lovasz import LovaszSoftmax

__all__ = [
    "BinaryFocal",
    "BinarySoftDice",
    "BoundaryCrossEntropy",
    "CrossEntropy",
    "DiceCrossEntropy",
    "Focal",
    "LovaszSoftmax",
    "SoftDice",
    "Tversky",
    "boundary_weights",
    "class_weights",
]
