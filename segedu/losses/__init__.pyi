# What `se.losses` offers, one line each.
from .boundary import BoundaryCrossEntropy as BoundaryCrossEntropy
from .boundary import boundary_weights as boundary_weights
from .cross_entropy import CrossEntropy as CrossEntropy
from .cross_entropy import balanced_weights as balanced_weights
from .cross_entropy import class_weights as class_weights
from .dice import BinarySoftDice as BinarySoftDice
from .dice import SoftDice as SoftDice
from .dice import Tversky as Tversky
from .dice_cross_entropy import DiceCrossEntropy as DiceCrossEntropy
from .focal import BinaryFocal as BinaryFocal
from .focal import Focal as Focal
from .lovasz import LovaszSoftmax as LovaszSoftmax
