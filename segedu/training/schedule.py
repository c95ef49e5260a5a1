"""The learning rate as a function of the step: up, level, down. And when a budget in minutes becomes one in steps."""

import math

WARMUP = 20  # steps from almost 0 to the peak
DECAY = 0.4  # the share of all steps in which the learning rate falls to 0
PLAN_AT = 0.45  # the share of the minutes after which the number of steps is fixed, before the fall has to begin
ROUND = (1.0, 1.2, 1.5, 1.8, 2.2, 2.7, 3.3, 4.0, 5.0, 6.0, 7.5, 9.0)  # and times 10, 100, …: what is a round number
GRACE = 1.1  # a run by minutes ends here at the latest, if the machine got slower after the plan


def learning_rate(step: int, peak: float, total: int | None) -> float:
    """Return the learning rate of step `step` (from 0) of `total`; None means that the end is not known yet.

    Warmup, stable, decay: linear to `peak` within 20 steps, level, then linear to 0 over the last 40 %. The level part
    is the same whatever `total` is, so the end may be fixed late. Source: Hägele et al. 2024, arXiv 2405.18392.

    >>> [learning_rate(step, 1.0, 100) for step in (0, 19, 60, 80, 99)]
    [0.05, 1.0, 1.0, 0.5, 0.025]
    """
    rise = min(1.0, (step + 1) / WARMUP)
    fall = 1.0 if total is None else min(1.0, max(0.0, (total - step) / (DECAY * total)))
    return peak * rise * fall


def out_of_time(seconds: float, minutes: float | None) -> bool:
    """Return whether a budget in minutes is used up, also for a run that got slower after its plan.

    >>> out_of_time(130.0, minutes=2.0), out_of_time(133.0, minutes=2.0), out_of_time(1e9, minutes=None)
    (False, True, False)
    """
    return minutes is not None and seconds > GRACE * 60 * minutes


def plan_steps(step: int, seconds: float, budget: float) -> int:
    """Return how many steps to take in `budget` seconds when `step` steps took `seconds`.

    A round number, so that two runs of the same minutes on the same machine are mostly planned alike: then they are the
    same run, that of `steps`=this number. Large enough that the fall of the learning rate still lies ahead.

    >>> plan_steps(step=100, seconds=45.0, budget=100.0)
    220
    """
    possible = step / seconds * budget
    rounds = [round(mantissa * 10**power) for power in range(1, 9) for mantissa in ROUND]
    total = max((number for number in rounds if number <= possible), default=int(possible))
    return max(total, math.ceil((step + 1) / (1 - DECAY)))
