"""The metric lab of lecture 09: a target and a prediction to drag, resize and paint, and all metrics beside them."""

from segedu.widgets.metric_lab.explorer import MetricLab

__all__ = ["MetricLab"]
