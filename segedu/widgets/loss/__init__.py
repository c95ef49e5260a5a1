"""The loss explorer of lecture 10: what each loss says about a pixel and a scene, and which pixels it lets push."""

from segedu.widgets.loss.explorer import LossExplorer

__all__ = ["LossExplorer"]
