"""The explorers: one class each, live in JupyterLab, interactive in an exported page, a PNG everywhere else."""

import lazy_loader

# Loaded on first use: anywidget and ipywidgets cost more than everything else that `import segedu` does.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "augmentation": ["AugmentationLab"],
        "convolution": ["ConvolutionExplorer"],
        "gridding": ["GriddingExplorer"],
        "likelihood": ["LikelihoodExplorer"],
        "loss": ["LossExplorer"],
        "metric_lab": ["MetricLab"],
        "network_cost": ["NetworkCostExplorer"],
        "overlay": ["OverlayViewer"],
        "receptive_field": ["ReceptiveFieldExplorer"],
        "sliding_window": ["SlidingWindowExplorer"],
        "transposed": ["TransposedConvolutionExplorer"],
        "upsampling": ["UpsamplingExplorer"],
    },
)
