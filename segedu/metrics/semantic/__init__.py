"""Metrics of label maps: confusion matrix with IoU and Dice, scores per image, boundaries. Loaded when first used."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
