"""The sample exercise of the engine's tests, and what is said to an answer."""

import torch

from segedu.exercises.engine import engine, report
from segedu.exercises.engine.compare import compare


def arguments(seed):
    height, width = (2, 3) if seed == 0 else (seed + 2, seed + 4)
    return {"x": torch.randint(-5, 5, (height, width)).float(), "scale": seed + 2}


def judge(arguments, result, expected):
    return compare(result, expected)


EXERCISE = engine.Exercise(
    name="90.scaled_relu",
    points=1,
    arguments=arguments,
    judge=judge,
    proved="Your function is a scaled ReLU.",
    hints=("Think.", "Compare with 0.", "`x.clamp(min=0)`"),
    forbidden=("F.relu", "nn.ReLU", "torch.clamp_min"),
    cases=4,
)


def truth(x, scale):
    return scale * x * (x > 0)


EXPECTED = [truth(**engine.case_arguments(EXERCISE, seed)) for seed in range(EXERCISE.cases)]


def examine(function, exercise=EXERCISE):
    result = engine.examine(exercise, function, EXPECTED)
    return result, report.text(result)


def stub(x, scale):
    """Return the scaled ReLU of x."""
