"""The augmentation lab of lecture 11: image and labels move as one, and labels are never interpolated."""

from segedu.widgets.augmentation.explorer import AugmentationLab

__all__ = ["AugmentationLab"]
