"""What the numbers of a label map mean, and what can be wrong with them: the same words wherever labels come in."""

from torch import Tensor

VOID = 255  # a pixel that is no class: nobody learns from it, no score counts it


def check_integers(labels: Tensor, name: str) -> None:
    """Raise TypeError for logits and other labels that aren't integers; `name` is what the message calls them.

    >>> import torch
    >>> check_integers(torch.zeros(2, 3), "target")
    Traceback (most recent call last):
    TypeError: the target is torch.float32 of shape (2, 3); expected integer labels: take target.long(), or \
target.argmax of logits.
    """
    if not (labels.is_floating_point() or labels.is_complex()):
        return
    shape = tuple(labels.shape)
    looks, mend = _kind_of_floats(labels, _variable(name))
    raise TypeError(f"the {name} is {labels.dtype} of shape {shape}{looks}; expected integer labels: {mend}.")


def integer_labels(labels: Tensor, name: str) -> Tensor:
    """Return labels of any integer type, or booleans, as int64; raises TypeError as `check_integers` does.

    Take them in this form before comparing them: torch can't order unsigned integers of 16 to 64 bits, and
    in 8 bits −1 equals 255.

    >>> import torch
    >>> integer_labels(torch.tensor([0, 300], dtype=torch.uint16), "target")
    tensor([  0, 300])
    """
    check_integers(labels, name)
    return labels.long()


def check_no_channels(labels: Tensor, name: str, batch: bool = True) -> None:
    """Raise ValueError for labels with an axis of channels, (N, C, H, W) in a batch and (C, H, W) in a single map.

    >>> import torch
    >>> check_no_channels(torch.zeros(2, 3, 4, 5).long(), "target")
    Traceback (most recent call last):
    ValueError: the target has shape (2, 3, 4, 5) and looks one-hot; expected labels (N, H, W): take \
target.argmax(dim=1).
    """
    axis = 1 if batch else 0
    if labels.ndim != axis + 3:
        return
    shape = tuple(labels.shape)
    looks = "looks one-hot"
    mend = f"argmax(dim={axis})"
    single = [place for place in ((1,) if batch else (0, -1)) if shape[place] == 1]
    if single:
        looks = "has a channel axis"
        mend = f"squeeze({single[0]})"
    axes = "(N, H, W)" if batch else "(H, W)"
    raise ValueError(
        f"the {name} has shape {shape} and {looks}; expected labels {axes}: take {_variable(name)}.{mend}."
    )


def check_range(labels: Tensor, num_classes: int, ignore_index: int | None, name: str) -> None:
    """Raise ValueError if one of `labels`, taken without void, is not one of 0 … num_classes − 1.

    ignore_index: what void is among them, for the message; None: nothing is.

    >>> import torch
    >>> check_range(torch.tensor([0, 3]), 3, 255, "target")
    Traceback (most recent call last):
    ValueError: the target contains label 3; expected 0 … 2, or 255 for void: map the labels to this range, or raise \
the number of classes.
    """
    if labels.numel() == 0:
        return
    labels = labels.long()  # torch finds no minimum of 16 unsigned bits
    low, high = int(labels.min()), int(labels.max())
    if low >= 0 and high < num_classes:
        return
    wrong = low if low < 0 else high
    void = "" if ignore_index is None else f", or {ignore_index} for void"
    raise ValueError(
        f"the {name} contains label {wrong}; expected 0 … {num_classes - 1}{void}: "
        "map the labels to this range, or raise the number of classes."
    )


def _kind_of_floats(labels: Tensor, variable: str) -> tuple[str, str]:
    """Return what labels that aren't integers look like, and how to make labels of them."""
    if labels.ndim == 4:
        return ", which looks like logits", f"take {variable}.argmax(dim=1)"
    if labels.is_complex():
        return "", f"take {variable}.argmax of logits"
    values = labels.detach().double()
    if _all_whole(values):
        return "", f"take {variable}.long(), or {variable}.argmax of logits"
    looks = " with fractions"
    if not bool(((values >= 0) & (values <= 1)).all()):
        return looks, f"take {variable}.argmax of logits"
    if _all_whole(values * 255):
        looks = ", whose values are whole numbers divided by 255, as ToTensor makes them"
        return looks, "read the mask without scaling, as torch.from_numpy(numpy.array(mask))"
    return looks, "take the argmax of probabilities, or compare them with a threshold"


def _all_whole(values: Tensor) -> bool:
    """Return whether values (float64) are whole numbers, but for float32's rounding."""
    return bool(((values - values.round()).abs() < 1e-4).all())


def _variable(name: str) -> str:
    """Return what a reader may call it in code: "label map of sample 3" is a label_map."""
    return "label_map" if name.startswith("label map") else name
