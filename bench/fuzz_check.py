"""How `check` stands 2,000 nasty answers to each exercise: `python bench/fuzz_check.py [answers] [minutes]`.

No answer may raise, run on for more than ten seconds, print more than 10 kB, or pass. Whoever of `nasty.py` loops is
ended after half a second a case, or this would take days.
"""

import contextlib
import io
import random
import sys
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402

from segedu.exercises.engine import engine, public, report, store  # noqa: E402
from tests.exercises.nasty import nasty  # noqa: E402

SECONDS = 0.5  # a case
LONGEST, LARGEST = 10.0, 10_000


def state() -> tuple[Any, ...]:
    """Return what a check has to leave as it was found."""
    functions = torch.allclose, torch.isclose, torch.nn.functional.conv2d, torch.Tensor.__eq__
    return torch.get_default_dtype(), torch.get_default_device(), torch.is_grad_enabled(), random.getstate(), functions


def tried(name: str, number: int) -> str:
    """Return what came of one answer to one exercise: an outcome, or what must not happen."""
    before, started, errors = state(), time.monotonic(), io.StringIO()
    try:
        with contextlib.redirect_stderr(errors), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = engine.examine(public.find(name), nasty(number), store.expected_values(name), SECONDS)
            text = report.text(result)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return f"RAISED {type(error).__name__}"
    if state() != before:
        return "LEFT SOMETHING CHANGED"
    if time.monotonic() - started > LONGEST:
        return "HUNG"
    if len(text.encode(errors="replace")) > LARGEST:
        return "FLOODED"
    return "PASSED" if result else result.outcome


def main(answers: int = 2_000, minutes: float = 600) -> int:
    """Try the answers on all exercises, the answers in the outer loop; print how often what came."""
    names, outcomes, end = public.exercise_names(), Counter[str](), time.monotonic() + 60 * minutes
    done = 0
    for number in range(answers):
        if time.monotonic() > end:
            break
        for name in names:
            outcome = tried(name, number)
            outcomes[outcome] += 1
            if outcome.isupper() or outcome.startswith("RAISED"):
                print(f"answer {number} to {name}: {outcome}", flush=True)
        done += 1
    print(
        f"{done} answers to each of {len(names)} exercises: " + ", ".join(f"{n} {o}" for o, n in outcomes.most_common())
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*map(int, sys.argv[1:])))
