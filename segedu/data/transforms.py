"""Random transforms that treat an image and all its labels as one: what moves in one moves in the others."""

import torch
from torchvision import tv_tensors
from torchvision.transforms import v2

from segedu.data._sample import Sample, boxes_of

VOID = 255
# What stands outside of the image, by key.
FILL: dict[str, float] = {
    "image": 0.5,
    "label_map": VOID,
    "masks": 0,
    "panoptic": VOID * 1000,
    "depth_order": 0,
    "salient": 0,
}


class Augment:
    """Flip, scale, crop and recolor a sample at random; label maps are never interpolated.

    All randomness comes from torch's global generator, so `with seeded(n):` makes a call repeatable.

    Args:
        size: (height, width) of the result; None: that of the sample.
        flip: probability of a left-right flip.
        scale: smallest and largest magnification; a result larger than the magnified image is filled, its label map
            with void (255).
        color: strength of the changes in brightness, contrast and saturation, 0 (none) to 1.

    Raises:
        ValueError: the scale is not positive or its ends are swapped, or flip or color lies outside [0, 1].

    >>> sample = {"image": tv_tensors.Image(torch.rand(3, 5, 7)), "label_map": tv_tensors.Mask(torch.ones(5, 7).long())}
    >>> {key: tuple(value.shape) for key, value in Augment(size=(4, 6))(sample).items()}
    {'image': (3, 4, 6), 'label_map': (4, 6)}
    """

    def __init__(
        self,
        size: int | tuple[int, int] | None = None,
        flip: float = 0.5,
        scale: tuple[float, float] = (0.75, 1.5),
        color: float = 0.3,
    ) -> None:
        if not 0 < scale[0] <= scale[1]:
            raise ValueError(f"scale={scale} must be (smallest, largest), both above 0.")
        if not (0 <= flip <= 1 and 0 <= color <= 1):
            raise ValueError(f"flip={flip} and color={color} must lie between 0 and 1.")
        self.size = (size, size) if isinstance(size, int) else size
        self.flip, self.scale, self.color = flip, scale, color
        self._jitter = v2.ColorJitter(brightness=color, contrast=color, saturation=color)

    def __call__(self, sample: Sample) -> Sample:
        """Return a changed copy; instances that fall outside are left out of masks, boxes and labels."""
        source = tuple(sample["image"].shape[-2:])
        size = self.size or source
        magnification = self._draw_magnification()
        window = tuple(max(1, round(length / magnification)) for length in size)
        top, left = (_draw_start(length, part) for length, part in zip(source, window, strict=True))
        flipped = torch.rand(()).item() < self.flip
        result = dict(sample)
        for key in FILL.keys() & sample.keys():
            result[key] = _move(sample[key], FILL[key], (top, left, *window), size, flipped)
        if self.color:
            result["image"] = tv_tensors.Image(self._jitter(result["image"]).clamp(0, 1))
        return _keep_visible(result)

    def _draw_magnification(self) -> float:
        """Draw evenly on a logarithmic scale, so that ×2 is as likely as ÷2."""
        low, high = torch.tensor(self.scale, dtype=torch.float64).log()
        return (low + (high - low) * torch.rand((), dtype=torch.float64)).exp().item()

    def __repr__(self) -> str:
        return f"Augment(size={self.size}, flip={self.flip}, scale={self.scale}, color={self.color})"


def _draw_start(length: int, part: int) -> int:
    """Draw where a window of `part` pixels starts along a side; negative where the window is the longer one."""
    low, high = min(0, length - part), max(0, length - part)
    return int(torch.randint(low, high + 1, ()))


def _move(
    value: torch.Tensor, fill: float, window: tuple[int, int, int, int], size: tuple[int, int], flipped: bool
) -> torch.Tensor:
    """Cut the window (top, left, height, width) out, filling what lies outside, resize it, and flip it if asked to."""
    top, left, height, width = window
    below, right = top + height - value.shape[-2], left + width - value.shape[-1]
    padding = [max(0, -left), max(0, -top), max(0, right), max(0, below)]
    if any(padding):
        value = v2.functional.pad(value, padding, fill=fill)
    value = v2.functional.crop(value, max(0, top), max(0, left), height, width)
    if (height, width) != size:
        value = _resize(value, size)
    return v2.functional.horizontal_flip(value) if flipped else value


def _resize(value: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Resize an image bilinearly with antialiasing, labels to the nearest pixel.

    Torchvision resizes masks with the mode "nearest", which lies up to half a pixel beside the bilinear image;
    here both sample at the same pixel centers.
    """
    if not isinstance(value, tv_tensors.Mask):
        return v2.functional.resize(value, list(size), antialias=True)
    rows = _nearest(value.shape[-2], size[0])
    columns = _nearest(value.shape[-1], size[1])
    return tv_tensors.Mask(value.as_subclass(torch.Tensor)[..., rows[:, None], columns])


def _nearest(length: int, wanted: int) -> torch.Tensor:
    """Return which of `length` pixels each of the `wanted` ones takes: the one under its center."""
    return ((torch.arange(wanted) + 0.5) * (length / wanted)).long().clamp(max=length - 1)


def _keep_visible(sample: Sample) -> Sample:
    """Leave out the instances without a pixel, and draw the boxes anew around what is left."""
    if "masks" not in sample:
        return sample
    keep = sample["masks"].flatten(1).any(1)
    sample["masks"] = tv_tensors.Mask(sample["masks"].as_subclass(torch.Tensor)[keep])
    if "labels" in sample:
        sample["labels"] = sample["labels"][keep]
    if "boxes" in sample:
        boxes = torch.from_numpy(boxes_of(sample["masks"].numpy()))
        size = tuple(sample["masks"].shape[-2:])
        sample["boxes"] = tv_tensors.BoundingBoxes(boxes, format="XYXY", canvas_size=size)
    return sample
