from .boundary_f1 import BoundaryF1 as BoundaryF1
from .boundary_f1 import boundaries as boundaries
from .boundary_iou import BoundaryIoU as BoundaryIoU
from .confusion import confusion_matrix as confusion_matrix
from .confusion import confusion_matrix_by_bincount as confusion_matrix_by_bincount
from .matrix import ConfusionMatrix as ConfusionMatrix
from .matrix import mean_iou_per_image as mean_iou_per_image
from .per_image import ImageScores as ImageScores
