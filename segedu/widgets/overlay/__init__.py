"""The overlay viewer of lecture 01: an image with its labels laid over it, and what each pixel's number says."""

from segedu.widgets.overlay.explorer import OverlayViewer

__all__ = ["OverlayViewer"]
