"""Kinds of segmentation: what the trainer asks of each. One kind a file; a new kind is a subclass of `Task`."""

from segedu.training.tasks.base import Task
from segedu.training.tasks.semantic import Semantic

__all__ = ["Semantic", "Task"]
