"""How `check` stands 2,000 nasty answers to each exercise: `python bench/fuzz_check.py [--part 1/2] [--minutes 60]`.

No answer may raise, run on for more than ten seconds, print more than 10 kB, or pass. Whoever of `nasty.py` loops is
ended after half a second a case, and the arguments of a case are drawn once and copied, or this would take days. Two
processes share the work: part 1/2 tries the answers 0, 2, 4, …, part 2/2 the others.
"""

import argparse
import contextlib
import copy
import functools
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
    before = state()
    errors = io.StringIO()
    started, worked = time.monotonic(), time.process_time()
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
        return f"HUNG ({time.process_time() - worked:.1f} s of processor time)"  # less: the machine was busy
    if len(text.encode(errors="replace")) > LARGEST:
        return "FLOODED"
    return "PASSED" if result else result.outcome


def keep_arguments() -> None:
    """Draw the arguments of each case once in this process, and copy them for each check."""
    drawn = functools.cache(engine.case_arguments)

    def arguments(exercise: engine.Exercise, seed: int) -> dict[str, Any]:
        return copy.deepcopy(drawn(exercise, seed))

    engine.case_arguments = arguments


def main() -> int:
    """Try the answers on all exercises, the answers in the outer loop; print how often what came."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--answers", type=int, default=2_000, help="the last number, plus one")
    parser.add_argument("--first", type=int, default=0, help="the first number")
    parser.add_argument("--minutes", type=float, default=600, help="after so many no further answer is tried")
    parser.add_argument("--part", default="1/1", help='"2/3": every third answer, from the second on')
    options = parser.parse_args()
    part, parts = map(int, options.part.split("/"))
    numbers = range(options.first + part - 1, options.answers, parts)
    names, outcomes, end = public.exercise_names(), Counter[str](), time.monotonic() + 60 * options.minutes
    keep_arguments()
    done = 0
    for number in numbers:
        if time.monotonic() > end:
            break
        for name in names:
            outcome = tried(name, number)
            outcomes[outcome] += 1
            if outcome[:4].isupper():
                print(f"answer {number} to {name}: {outcome}", flush=True)
        done += 1
        if done % 100 == 0:
            print(f"{done} of {len(numbers)} answers after {time.process_time():.0f} s of processor time", flush=True)
    table = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
    print(f"{done} answers to each of {len(names)} exercises: {table}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
