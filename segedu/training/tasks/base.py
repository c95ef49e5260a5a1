"""What a kind of segmentation has to say, so that the trainer need not know of label maps, boxes or masks."""

import re
from collections.abc import Callable, Iterable
from typing import Any, Self

from torch import Tensor, nn

from segedu.training.preprocessing import STANDARD, Preprocessing

_ADDRESS = re.compile(" at 0x[0-9a-fA-F]+")

Model = Callable[..., Any]  # the model in the run's precision: what it returns comes back in float32


class Task:
    """One kind of segmentation. `loss` and `measure` must be written, the rest has a default.

    A *sample* is what `check` returns, a *batch* what `collate` makes of some samples: any nest of tensors, lists,
    tuples and dicts, such as images of one size with different numbers of boxes. The trainer shuffles, seeds, cuts
    batches into parts, moves tensors to the device, adds up gradients over parts and processes, saves and resumes.

    preprocessing: what `loss` and `measure` do to images before the model sees them; the trainer leaves it on the
    model, for `predict`.
    """

    preprocessing: Preprocessing = STANDARD

    def for_model(self, model: Model, batch: Any, dataset: Any) -> Self:
        """Return the task as it is for this model; raise ValueError or TypeError if the two don't fit.

        Called once, before the first step, without gradients. batch: the first training image alone; dataset: the
        training images.
        """
        return self

    def check(self, sample: Any, name: str) -> Any:
        """Return what training needs of a data set's sample; raise, naming the mistake in the sample `name`."""
        return sample

    def collate(self, samples: list[Any]) -> Any:
        """Return one batch of some checked samples; runs where samples are loaded, on the CPU."""
        return samples

    def share(self, batch: Any) -> float:
        """Return what the mean loss over `batch`, on the CPU, is divided by, such as its number of valid pixels.

        The trainer weighs parts by it. It has to be known before the model runs: gradients of the first part are added
        up when the second is not computed yet. Here: the number of samples.
        """
        return float(len(batch))

    def loss(self, model: Model, batch: Any, share: float) -> Tensor:
        """Return the mean loss over `batch`, on the device, a scalar; 0 times an output of the model if share is 0."""
        raise NotImplementedError(f"{type(self).__name__} has no loss")

    def measure(self, model: Model, batches: Iterable[tuple[Any, float]]) -> dict[str, Any]:
        """Return the scores of a data set, the headline first, with "loss" if there is one: numbers and lists.

        batches: (batch on the device, its share) of each image that this process measures, one at a time. Counts and
        sums are to be added up over processes: `ConfusionMatrix.reduce`, `distributed.sum_numbers`.
        """
        raise NotImplementedError(f"{type(self).__name__} has no measure")

    def evaluate(self, model: Model, batches: Iterable[tuple[Any, float]]) -> Any:
        """Return what `Trainer.evaluate` gives of a data set: here the scores."""
        return self.measure(model, batches)

    def settings(self) -> dict[str, Any]:
        """Return what must be the same when a run is resumed: plain numbers and texts by name."""
        return {}


def describe(thing: Any) -> str:
    """Return a text that is the same in the next process and another one for another loss, transform or setting.

    Where a thing's own text hides its settings, as those of modules do, its attributes are named: numbers, texts and
    tensors, and the same of a module's parts.

    >>> describe(nn.CrossEntropyLoss(ignore_index=255))
    'CrossEntropyLoss(ignore_index=255, label_smoothing=0.0, reduction=mean, weight=None)'
    """
    if type(thing).__repr__ not in (object.__repr__, nn.Module.__repr__):
        return _ADDRESS.sub("", repr(thing))
    attributes = vars(thing)
    if isinstance(thing, nn.Module):
        attributes = {**attributes, **thing._buffers, **thing._modules}
    texts = [f"{name}={_attribute_text(value)}" for name, value in sorted(attributes.items()) if _tells(name, value)]
    return f"{type(thing).__name__}({', '.join(texts)})"


def _tells(name: str, value: Any) -> bool:
    """Return whether an attribute is a setting: not private, not the mode, nothing large."""
    simple = value is None or isinstance(value, (bool, int, float, str, list, tuple, Tensor, nn.Module))
    return simple and not name.startswith("_") and name not in ("training", "call_super_init", "dump_patches")


def _attribute_text(value: Any) -> str:
    if isinstance(value, Tensor):
        return str([round(number, 4) for number in value.flatten().tolist()])
    if isinstance(value, nn.Module):
        return describe(value)
    return _ADDRESS.sub("", str(value))
