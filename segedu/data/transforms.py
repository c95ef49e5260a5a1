"""Random transforms that treat an image and all its labels as one: what moves in one moves in the others."""

import math
from typing import Any

import torch
from torchvision import tv_tensors
from torchvision.transforms import v2

from segedu.data.images import height_and_width
from segedu.data.movable import fill_of, make_movable, moving
from segedu.data.points import PLACES, Window, place_in_window, warp_places
from segedu.data.sample import Sample, boxes_of
from segedu.data.warp import elastic_field, warp, warp_field
from segedu.scalars import real_number

PER_INSTANCE = ("labels", "iscrowd", "area", "scores")  # keys that hold one number for each mask or box


class Augment:
    """Rotate, bend, flip, scale, crop and recolor a sample at random; label maps are never interpolated.

    What lies on the pixels moves, under whatever key: torchvision's Image, Mask, BoundingBoxes and
    KeyPoints, and plain tensors under the keys of a sample. Anything else that could have places in
    the image (a plain tensor of boxes, polygons) is refused, since it would stay behind.

    All randomness comes from torch's global generator, so `with seeded(n):` makes a call
    repeatable.

    Args:
        size: (height, width) of the result; None: that of the sample.
        flip: probability of a left-right flip.
        scale: smallest and largest magnification; a result larger than the magnified image is
            filled, its label map and other integer masks with void (255).
        color: strength of the changes in brightness, contrast and saturation, 0 (none) to 1.
        rotate: largest angle to either side, in degrees; corners that nothing turns into are filled
            like the outside.
        elastic: length of the longest displacement of a smooth random deformation, in pixels of the
            sample.
        blur: largest standard deviation of a Gaussian blur, in pixels of the result.
        noise: largest standard deviation of noise added to the image, whose values run from 0 to 1.

    Raises:
        TypeError: a setting is no number.
        ValueError: the size is below 1, the scale is not positive or its ends are swapped, flip or
            color lies outside [0, 1], or another strength is negative.

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
        rotate: float = 0.0,
        elastic: float = 0.0,
        blur: float = 0.0,
        noise: float = 0.0,
    ) -> None:
        self.size = None if size is None else height_and_width(size)
        self.flip = _setting(flip, "flip", at_least=0, at_most=1)
        self.scale = _smallest_and_largest(scale)
        self.color = _setting(color, "color", at_least=0, at_most=1)
        self.rotate = _setting(rotate, "rotate", at_least=0)
        self.elastic = _setting(elastic, "elastic", at_least=0)
        self.blur = _setting(blur, "blur", at_least=0)
        self.noise = _setting(noise, "noise", at_least=0)
        self._jitter = v2.ColorJitter(brightness=self.color, contrast=self.color, saturation=self.color)

    def __call__(self, sample: Sample) -> Sample:
        """Return a changed copy; instances that fall outside are left out of masks, boxes and labels.

        Boxes are drawn anew around the masks where there are some.

        Raises:
            TypeError: the image isn't float, labels aren't integer, or something would stay behind.
            ValueError: something has another size than the image, or the image's values aren't 0 to 1.
        """
        sample = self._warp(make_movable(sample))
        height, width = sample["image"].shape[-2:]
        size = self.size or (height, width)
        window = self._draw_window((height, width), size)
        flipped = torch.rand(()).item() < self.flip

        result = dict(sample)
        for key, value in moving(sample):
            if isinstance(value, PLACES):
                result[key] = place_in_window(value, window, size, flipped)
            else:
                moved = _resize(_cut(value, fill_of(key, value), window), size)
                result[key] = v2.functional.horizontal_flip(moved) if flipped else moved
        result["image"] = self._recolor(result["image"])
        return _keep_visible(result)

    def _warp(self, sample: Sample) -> Sample:
        """Rotate and bend; draws nothing from the generator when both are off."""
        if not (self.rotate or self.elastic):
            return sample
        height, width = sample["image"].shape[-2:]
        angle = 0.0
        if self.rotate:
            angle = _draw_up_to(2 * self.rotate) - self.rotate
        bend = None
        if self.elastic:
            bend = elastic_field((height, width), _draw_up_to(self.elastic))

        field = warp_field((height, width), angle, bend)
        result = dict(sample)
        for key, value in moving(sample):
            if isinstance(value, PLACES):
                result[key] = warp_places(value, field)
            else:
                result[key] = warp(value, field, fill_of(key, value))
        return result

    def _draw_window(self, source: tuple[int, int], size: tuple[int, int]) -> Window:
        """Draw the part of the source that becomes the result, of `size` pixels after magnification."""
        magnification = self._draw_magnification()
        height = max(1, round(size[0] / magnification))
        width = max(1, round(size[1] / magnification))
        top = _draw_start(source[0], height)
        left = _draw_start(source[1], width)
        return Window(top, left, height, width)

    def _recolor(self, image: torch.Tensor) -> torch.Tensor:
        """Change the image alone: color, then blur, then noise, as a lens and a sensor would."""
        if not (self.color or self.blur or self.noise):
            return image
        if self.color:
            image = self._jitter(image)
        if self.blur:
            image = _blur(image, _draw_up_to(self.blur))
        if self.noise:
            strength = _draw_up_to(self.noise)
            image = v2.functional.gaussian_noise(image, sigma=strength, clip=False)
        return tv_tensors.Image(image.clamp(0, 1))

    def _draw_magnification(self) -> float:
        """Draw evenly on a logarithmic scale, so that ×2 is as likely as ÷2."""
        low, high = torch.tensor(self.scale, dtype=torch.float64).log()
        draw = torch.rand((), dtype=torch.float64)
        return (low + (high - low) * draw).exp().item()

    def __repr__(self) -> str:
        always = ["size", "flip", "scale", "color"]
        others = [name for name in ("rotate", "elastic", "blur", "noise") if getattr(self, name)]
        settings = [f"{name}={getattr(self, name)}" for name in always + others]
        return f"Augment({', '.join(settings)})"


def _setting(value: Any, name: str, **bounds: float) -> float:
    """Return a number as Python's; raises TypeError or ValueError if it is none within its bounds."""
    number = real_number(value, name, **bounds)
    return value if type(value) is int else number


def _smallest_and_largest(scale: Any) -> tuple[float, float]:
    if not isinstance(scale, str) and hasattr(scale, "__len__") and len(scale) == 2:
        low, high = (_setting(each, "each of scale", above=0) for each in scale)
        if low <= high:
            return low, high
    raise ValueError(f"scale={scale} must be (smallest, largest), both above 0.")


def _draw_up_to(largest: float) -> float:
    """Draw evenly between 0 and the largest value."""
    return largest * torch.rand(()).item()


def _blur(image: torch.Tensor, sigma: float) -> torch.Tensor:
    """Blur with a Gaussian cut off at three standard deviations, or where the image is too small for it."""
    height, width = image.shape[-2:]
    reach = min(math.ceil(3 * sigma), height - 1, width - 1)
    if reach == 0:
        return image
    side = 2 * reach + 1
    return v2.functional.gaussian_blur(image, [side, side], [sigma, sigma])


def _draw_start(length: int, part: int) -> int:
    """Draw where a window of `part` pixels starts along a side; negative where the window is the longer one."""
    low = min(0, length - part)
    high = max(0, length - part)
    return int(torch.randint(low, high + 1, ()))


def _cut(value: torch.Tensor, fill: float, window: Window) -> torch.Tensor:
    """Cut a window out, filling what lies outside."""
    top, left, height, width = window
    below = top + height - value.shape[-2]
    right = left + width - value.shape[-1]
    padding = [max(0, -left), max(0, -top), max(0, right), max(0, below)]
    if any(padding):
        value = v2.functional.pad(value, padding, fill=fill)
    return v2.functional.crop(value, max(0, top), max(0, left), height, width)


def _resize(value: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Resize an image bilinearly with antialiasing, labels to the nearest pixel.

    Torchvision resizes masks with the mode "nearest", which lies up to half a pixel beside the
    bilinear image; here both sample at the same pixel centers.
    """
    if value.shape[-2:] == size:
        return value
    if not isinstance(value, tv_tensors.Mask):
        return v2.functional.resize(value, list(size), antialias=True)
    rows = _nearest(value.shape[-2], size[0])
    columns = _nearest(value.shape[-1], size[1])
    return tv_tensors.Mask(value.as_subclass(torch.Tensor)[..., rows[:, None], columns])


def _nearest(length: int, new_length: int) -> torch.Tensor:
    """Return which of `length` pixels each of the `new_length` ones takes: the one under its center."""
    centers = (torch.arange(new_length) + 0.5) * (length / new_length)
    return centers.long().clamp(max=length - 1)


def _keep_visible(sample: Sample) -> Sample:
    """Leave out the instances without a pixel; draw the boxes anew around what is left of masks."""
    if "masks" in sample:
        keep = sample["masks"].flatten(1).any(1)
        sample["masks"] = tv_tensors.Mask(sample["masks"].as_subclass(torch.Tensor)[keep])
        if "boxes" in sample:
            boxes = torch.from_numpy(boxes_of(sample["masks"].bool().numpy()))
            size = tuple(sample["masks"].shape[-2:])
            sample["boxes"] = tv_tensors.BoundingBoxes(boxes, format="XYXY", canvas_size=size)
    elif "boxes" in sample:
        corners = v2.functional.convert_bounding_box_format(sample["boxes"], new_format="XYXY").as_subclass(
            torch.Tensor
        )
        keep = (corners[:, 2:] > corners[:, :2]).all(dim=1)
        sample["boxes"] = tv_tensors.wrap(sample["boxes"].as_subclass(torch.Tensor)[keep], like=sample["boxes"])
    else:
        return sample
    for key in PER_INSTANCE:
        if isinstance(sample.get(key), torch.Tensor) and len(sample[key]) == len(keep):
            sample[key] = sample[key][keep]
    return sample
