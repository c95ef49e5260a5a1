"""How to train on each data set: `segedu train unet --data NAME --root DIR` uses these settings.

What was measured with seed 0 in fp32 (validation and report included in the CPU seconds; two free cores halve the
time), as mean IoU over the val split at the images' own resolution:

    command                                   CPU seconds   mean IoU
    segedu train unet --data camvid  --steps 1200     980      0.569
    segedu train unet --data camvid  --minutes 10    1090      0.509   (750 steps on two free cores, 9.3 minutes in all)
    segedu train unet --data isbi    --steps 400      240      0.800
    segedu train unet --data dsb2018 --steps 400      175      0.889
    segedu train unet --data pets    --steps 800      210      0.770
    segedu train unet --data scenes  --steps 600      190      0.873

Without --steps a run takes the preset's minutes; two free cores take about as many steps as above in them.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Preset:
    """The settings of one data set.

    size: (height, width) of the training images. whole: whether an image is shown to the model as a whole at that size,
    also in validation; else the model sees windows in training and images at their own resolution in validation.
    from_files: resize images to `size` when they are read (cheap) rather than by augmentation (sharper).
    zoom: the range by which augmentation magnifies; below 1 a window of the image larger than `size` is shrunk to it.
    balance: class weights are frequency ** -balance; 0 weighs each pixel alike, 1 each class.
    norm: the model's; "group" doesn't mind how a batch is split (`micro_batch`, several processes), "batch" does.
    """

    size: tuple[int, int]
    whole: bool
    from_files: bool = False
    zoom: tuple[float, float] = (0.75, 1.5)
    color: float = 0.3
    balance: float = 0.5
    width: int = 16
    depth: int = 4
    norm: str = "batch"
    batch: int = 8
    lr: float = 3e-3
    minutes: float = 10.0


PRESETS: dict[str, Preset] = {
    # Frames of 360×480 at half the resolution; zoom 0.5 is the whole frame. Rare classes decide the mean.
    "camvid": Preset(size=(180, 240), whole=True, zoom=(0.5, 1.0)),
    # 24 slices of 512×512: windows at full resolution, where membranes are a few pixels thick.
    "isbi": Preset(size=(256, 256), whole=False, zoom=(0.8, 1.25), batch=4, minutes=2.0),
    # Photographs of up to 256 pixels, the pet somewhere in the middle.
    "pets": Preset(size=(128, 128), whole=True, from_files=True, zoom=(0.9, 1.4), balance=0.0, minutes=2.0),
    # 55 images of several sizes and two kinds of light.
    "dsb2018": Preset(size=(160, 160), whole=False, zoom=(0.7, 1.4), minutes=2.0),
    # Synthetic scenes of 128×128, drawn anew each time.
    "scenes": Preset(size=(128, 128), whole=False, zoom=(0.8, 1.25), minutes=2.0),
}


def preset_for(data: str, **changes: object) -> Preset:
    """Return the preset of a data set with what is not None in `changes` in place of its own.

    Raises ValueError if there is none for that data set.

    >>> preset_for("camvid", width=24, depth=None).width
    24
    """
    if data not in PRESETS:
        raise ValueError(f"there is no preset for the data set {data!r}; choose one of {', '.join(PRESETS)}.")
    return replace(PRESETS[data], **{name: value for name, value in changes.items() if value is not None})  # type: ignore[arg-type]
