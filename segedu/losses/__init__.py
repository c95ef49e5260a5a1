"""Losses, from logits (N, C, H, W) and label maps (N, H, W) to one number: one kind a file."""

from segedu.losses.boundary import BoundaryCrossEntropy, boundary_weights
from segedu.losses.cross_entropy import CrossEntropy, balanced_weights, class_weights
from segedu.losses.dice import BinarySoftDice, SoftDice, Tversky
from segedu.losses.dice_cross_entropy import DiceCrossEntropy
from segedu.losses.focal import BinaryFocal, Focal
from segedu.losses.lovasz import LovaszSoftmax

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
    "balanced_weights",
    "boundary_weights",
    "class_weights",
]
