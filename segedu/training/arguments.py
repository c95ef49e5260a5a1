"""What a trainer is asked for, checked and turned into Python's own numbers before anything is loaded."""

import difflib
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from segedu.scalars import real_number, whole_number

# What other trainers call it, or have, and what to give here instead.
ELSEWHERE = {
    "epochs": "give steps=…: an epoch has len(train) / batch of them",
    "max_epochs": "give steps=…: an epoch has len(train) / batch of them",
    "num_epochs": "give steps=…: an epoch has len(train) / batch of them",
    "max_steps": "it is called steps",
    "optimizer": "it is AdamW; lr and weight_decay are yours",
    "scheduler": "the learning rate rises, stays and falls by itself; lr is its peak",
    "lr_scheduler": "the learning rate rises, stays and falls by itself; lr is its peak",
    "learning_rate": "it is called lr",
    "batch_size": "it is called batch",
    "num_workers": "it is called workers",
    "val_every": "it is called validate_every",
    "loss": "give task=Semantic(loss), or take se.fit(…, loss=…)",
    "criterion": "give task=Semantic(loss)",
    "preprocessing": "give task=Semantic(loss, preprocessing), or take se.fit(…, preprocessing=…)",
    "compile": "call model.compile() before",
    "metrics": "they belong to the task; trainer.evaluate(dataset) measures more",
    "augmentation": "it belongs to the data set: train.transform",
    "transform": "it belongs to the data set: train.transform",
}


def refuse_unknown(others: Mapping[str, Any], owner: Callable[..., Any]) -> None:
    """Raise TypeError for arguments that `owner` hasn't, naming what to give instead.

    >>> refuse_unknown({"epochs": 3}, refuse_unknown)
    Traceback (most recent call last):
    TypeError: there is no argument epochs: give steps=…: an epoch has len(train) / batch of them.
    """
    if not others:
        return
    name = next(iter(others))
    known = list(inspect.signature(owner).parameters)
    mend = ELSEWHERE.get(name)
    if mend is None:
        near = difflib.get_close_matches(name, known, 1)
        mend = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
    raise TypeError(f"there is no argument {name}: {mend}.".replace("?.", "?"))


def check_budget(steps: Any, minutes: Any) -> tuple[int | None, float | None]:
    """Return the budget as (int, None) or (None, float), or (None, None) if it isn't said yet.

    Raises:
        TypeError: it is no number.
        ValueError: both are given, or it is NaN, infinite or not above 0.
    """
    if steps is not None and minutes is not None:
        raise ValueError(f"steps={steps} and minutes={minutes}: give one of them as the budget.")
    return (
        None if steps is None else whole_number(steps, "steps", at_least=1),
        None if minutes is None else real_number(minutes, "minutes", above=0),
    )


def optional_whole_number(value: Any, name: str) -> int | None:
    """Return a whole number of at least 1, or None, which leaves the choice to the trainer."""
    return None if value is None else whole_number(value, name, at_least=1)


def check_resume(resume: Any) -> bool:
    """Return whether a run goes on from its checkpoint; raise unless that is said by True, False or "anyway"."""
    if not isinstance(resume, bool) and resume != "anyway":
        raise ValueError(f"resume={resume!r}: give True, False, or 'anyway' to go on with other settings.")
    return bool(resume)
