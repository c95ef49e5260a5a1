"""The likelihood explorer of lecture 02: a logistic curve on one number per pixel, its loss and its gradient."""

from segedu.widgets.likelihood.explorer import LikelihoodExplorer

__all__ = ["LikelihoodExplorer"]
