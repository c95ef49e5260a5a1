# What `se.metrics` offers, one line each.
from .semantic import BoundaryF1 as BoundaryF1
from .semantic import BoundaryIoU as BoundaryIoU
from .semantic import ConfusionMatrix as ConfusionMatrix
from .semantic import ImageScores as ImageScores
from .semantic import boundaries as boundaries
from .semantic import confusion_matrix as confusion_matrix
from .semantic import confusion_matrix_by_bincount as confusion_matrix_by_bincount
from .semantic import mean_iou_per_image as mean_iou_per_image
