"""A synthetic street-and-meadow world whose difficulties can be dialed: `Scenes`."""

from segedu.data.scenes.dataset import Scenes

__all__ = ["Scenes"]
