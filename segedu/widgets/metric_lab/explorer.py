"""The metric lab of lecture 09: a target and a prediction to drag, resize and paint, and all metrics beside them."""

from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
import traitlets
from torch import Tensor

from segedu.data.photos import photo
from segedu.data.scenes import Scenes
from segedu.metrics.semantic import BoundaryF1, BoundaryIoU, ConfusionMatrix
from segedu.widgets.base import Explorer, data_url
from segedu.widgets.kit.images import read_image
from segedu.widgets.metric_lab.figure import draw_lab, score_title
from segedu.widgets.metric_lab.shapes import GRID, as_label_map, draw_shape, starting_shapes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LARGEST_PICTURE = 288  # pixels on the longer side: a picture that lies behind 48 cells needs no more
CAR = Scenes.classes.index("car")
# As in metric_lab/core.js.
TOLERANCES = (0, 4)
WIDTHS = (1, 6)


class MetricLab(Explorer):
    """Drag, resize or paint a target and a prediction; see all metrics move together, each with its numbers.

    target: (H, W) integers, 0 background, 1 object, 255 void; prediction: (H, W) of 0 and 1, as large; 4 to 48 cells a
    side. Default: two ellipses on 24 × 36 cells. Given one of the two, the other has no object.
    image: (3, H, W) or (H, W) float in [0, 1] to lay them over; default: a scene and a photograph to choose from.
    tolerance: of the boundary F1, 0 to 4 cells; width: of the boundary IoU's bands, 1 to 6 cells.
    predict: hide the numbers until they are guessed or revealed. layer: "prediction" or "target", which is edited;
    tool: "shape", "brush", "eraser" or "void"; brush: its size, 1 to 5 cells. Raises ValueError for anything else.
    All but the image are traits: what the student changes in the page can be read back. The definitions are those of
    `ConfusionMatrix`, `BoundaryF1` and `BoundaryIoU` with two classes; boundary metrics are the object's.

    >>> MetricLab()
    MetricLab(24×36 cells, iou=0.653, pixel_accuracy=0.891)
    """

    view = "metric_lab/view.js"
    figure_size = (9.6, 3.9)

    target = traitlets.Any(help="rows of 0, 1 and 255").tag(sync=True)
    prediction = traitlets.Any(help="rows of 0 and 1").tag(sync=True)
    shapes = traitlets.Dict(help="the rectangle or ellipse that a map was drawn as").tag(sync=True)
    layer = traitlets.Enum(["prediction", "target"], "prediction", help="which map is edited").tag(sync=True)
    tool = traitlets.Enum(["shape", "brush", "eraser", "void"], "shape").tag(sync=True)
    kind = traitlets.Enum(["ellipse", "rectangle"], "ellipse", help="of new shapes").tag(sync=True)
    brush = traitlets.Int(1, min=1, max=5, help="side of the brush in cells").tag(sync=True)
    tolerance = traitlets.Any(1, help="of the boundary F1, in cells").tag(sync=True)
    width = traitlets.Any(2, help="of the boundary IoU's bands, in cells").tag(sync=True)
    predict = traitlets.Bool(False, help="hide the numbers until they are guessed or revealed").tag(sync=True)
    backdrops = traitlets.Dict(help="name → data URL of what may lie behind").tag(sync=True)
    objects = traitlets.Dict(help="name of a backdrop → the label map of an object in it").tag(sync=True)
    backdrop = traitlets.Unicode("none", help="which backdrop lies behind the maps").tag(sync=True)
    opacity = traitlets.Float(0.6, min=0.1, max=1, help="of the overlay on a picture").tag(sync=True)

    def __init__(
        self,
        target: Any = None,
        prediction: Any = None,
        image: Tensor | None = None,
        tolerance: int = 1,
        width: int = 2,
        **traits: Any,
    ) -> None:
        """Start from these maps; the other traits may be given as well."""
        maps = _starting_maps(target, prediction)
        pictures = _own_picture(image) if image is not None else _shipped_pictures(maps["target"])
        super().__init__(**maps, tolerance=tolerance, width=width, **pictures, **traits)

    @traitlets.validate("target", "prediction")
    def _check_map(self, proposal: dict[str, Any]) -> list[list[int]]:
        name = proposal["trait"].name
        rows = as_label_map(proposal["value"], name, void=name == "target")
        other = self.prediction if name == "target" else self.target
        if other is not None and (len(other), len(other[0])) != (len(rows), len(rows[0])):
            raise ValueError(
                f"the {name} has {len(rows)} × {len(rows[0])} cells, the other map {len(other)} × {len(other[0])}; "
                "give both the same shape, or make a new MetricLab"
            )
        return rows

    @traitlets.validate("tolerance", "width")
    def _check_cells(self, proposal: dict[str, Any]) -> int:
        name = proposal["trait"].name
        cells = proposal["value"]
        low, high = TOLERANCES if name == "tolerance" else WIDTHS
        if isinstance(cells, bool) or not isinstance(cells, int) or not low <= cells <= high:
            raise ValueError(f"{name} is {cells!r}; give a whole number of cells from {low} to {high}")
        return cells

    @property
    def counts(self) -> Tensor:
        """The confusion matrix, (2, 2) int64: rows are target classes, columns predicted ones, background first."""
        return self._matrix().counts

    @property
    def scores(self) -> dict[str, float]:
        """The metrics as the page shows them, from `segedu.metrics`, by name; NaN where one is 0/0."""
        prediction = torch.tensor(self.prediction)
        target = torch.tensor(self.target)
        matrix = self._matrix()
        counts = matrix.counts.double()
        edges = BoundaryF1(2, tolerance=self.tolerance).update(prediction, target)
        bands = BoundaryIoU(2, width=self.width).update(prediction, target)
        return {
            "pixel_accuracy": matrix.pixel_accuracy(),
            "mean_accuracy": matrix.mean_accuracy(),
            "iou": float(matrix.iou()[1]),
            "mean_iou": matrix.mean_iou(),
            "frequency_weighted_iou": matrix.frequency_weighted_iou(),
            "dice": float(matrix.dice()[1]),
            "precision": float(counts[1, 1] / counts[:, 1].sum()),
            "recall": float(counts[1, 1] / counts[1].sum()),
            "boundary_f1": float(edges.f1()[1]),
            "boundary_iou": float(bands.iou()[1]),
        }

    def _matrix(self) -> ConfusionMatrix:
        return ConfusionMatrix(2).update(torch.tensor(self.prediction), torch.tensor(self.target))

    def describe(self) -> str:
        """Say the counts and the scores, unless `predict` hides them; the alt text of the picture."""
        void = sum(row.count(255) for row in self.target)
        size = f"{len(self.target)} by {len(self.target[0])}"
        lead = f"A target and a prediction laid over one another on {size} cells"
        if self.predict:
            return f"{lead}, {void} of them void. Beside them empty bars of the metrics, to be guessed."
        (tn, fp), (fn, tp) = self.counts.tolist()
        listed = ", ".join(f"{score_title(name)} {value:.2f}" for name, value in self.scores.items())
        return (
            f"{lead}: {tp} cells are object in both, {fn} in the target only, {fp} in the prediction only, {tn} in "
            f"neither, {void} are void. Beside them bars of the metrics: {listed}."
        ).replace("nan", "absent")

    def draw(self, figure: "Figure") -> None:
        """Draw the overlay with its legend, and a bar for each metric, or none in predict mode."""
        target = torch.tensor(self.target).numpy()
        prediction = torch.tensor(self.prediction).numpy()
        scores: dict[str, float | None] = dict(self.scores)
        if self.predict:
            scores = dict.fromkeys(scores)
        draw_lab(figure, target, prediction, scores)

    def __repr__(self) -> str:
        """Name the grid and two scores, unless `predict` hides them; the same text in every run."""
        size = f"{len(self.target)}×{len(self.target[0])} cells"
        if self.predict:
            return f"MetricLab({size}, predict=True)"
        scores = self.scores
        return f"MetricLab({size}, iou={scores['iou']:.3f}, pixel_accuracy={scores['pixel_accuracy']:.3f})"


def _starting_maps(target: Any, prediction: Any) -> dict[str, Any]:
    """Return the two maps and the shapes they were drawn as; a missing map has no object."""
    if target is None and prediction is None:
        shapes = starting_shapes()
        maps = {name: draw_shape(shape, GRID).tolist() for name, shape in shapes.items()}
        return {**maps, "shapes": shapes}

    # Each map that there is, and an empty one for the other.
    rows = None if target is None else as_label_map(target, "target", void=True)
    guess = None if prediction is None else as_label_map(prediction, "prediction", void=False)
    empty = [[0] * len(row) for row in rows or guess or []]
    return {
        "target": rows or empty,
        "prediction": guess or empty,
        "shapes": {"target": None, "prediction": None},
    }


def _own_picture(image: Tensor) -> dict[str, Any]:
    """Return the traits for one picture.

    Raises:
        ValueError: it is not (3, H, W) or (H, W) float.
    """
    shape = tuple(image.shape)
    is_image = image.ndim == 2 or (image.ndim == 3 and shape[0] == 3)
    if not is_image or not image.is_floating_point():
        raise ValueError(f"the image is {image.dtype} of shape {shape}; give (3, H, W) or (H, W) floats in [0, 1]")
    pixels = read_image(image.reshape(-1, *shape[-2:]))  # (3, H, W)
    scale = LARGEST_PICTURE / max(shape[-2:])
    if scale < 1:
        pixels = F.interpolate(pixels[None], scale_factor=scale, mode="area")[0]
    url = data_url(pixels)
    return {"backdrops": {"picture": url}, "backdrop": "picture"}


def _shipped_pictures(target: list[list[int]]) -> dict[str, Any]:
    """Return the traits for a scene, with its red car on the target's grid, and a photograph."""
    # The pictures.
    size = (96, 144)
    sample = Scenes(1, size=size, seed=4)[0]
    pictures = {
        "scene": data_url(sample["image"]),
        "photograph": data_url(photo("chelsea", size=size)),
    }

    # The largest car: the cells of which it covers more than half.
    masks = zip(sample["masks"], sample["labels"], strict=True)
    cars = [mask for mask, label in masks if label == CAR]
    largest = max(cars, key=torch.sum)[None, None].float()  # (1, 1, H, W)
    share = F.interpolate(largest, (len(target), len(target[0])), mode="area")[0, 0]
    car = (share > 0.5).int().tolist()
    objects = {"scene": car} if any(map(any, car)) else {}
    return {"backdrops": pictures, "objects": objects}
