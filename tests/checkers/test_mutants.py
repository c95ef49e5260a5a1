"""No slip of the pen passes: mutants of each reference solution fail, but those listed as right in other words."""

import importlib

import pytest

from segedu.exercises.engine import public
from tests.checkers.mutants import AT_LEAST, mutants_of, survivors
from tests.checkers.mutations import mutants


def equivalent(name: str) -> dict[str, str]:
    """Return the mutants of an exercise that are right answers, each with the reason."""
    module = importlib.import_module(f"tests.checkers.test_lecture{public.find(name).lecture}")
    return getattr(module, "EQUIVALENT", {}).get(name, {})


def test_a_mutant_has_one_small_change():
    source = "def area(height, width=2):\n    return height * width + 1\n"
    changed = {mutant.source.splitlines()[-1].strip(): mutant.name for mutant in mutants(source, "area")}
    assert changed["return height * width + 2"] == "line 2: 1 → 2"
    assert changed["return height + width + 1"] == "line 2: height * width → height + width"
    assert changed["return height * height + 1"] == "line 2: width → height"
    assert changed["return height * width"] == "line 2: height * width + 1 → height * width"
    assert "width = 2" in next(mutant.source for mutant in mutants(source, "area") if "width = 2" in mutant.name)


def test_a_lost_gradient_is_a_mutant_where_it_is_asked_for():
    source = "def loss(x):\n    return x.sum()\n"
    assert not any("detach" in mutant.source for mutant in mutants(source, "loss"))
    assert any("detach" in mutant.source for mutant in mutants(source, "loss", gradient=True))


@pytest.mark.parametrize("name", public.exercise_names())
def test_no_mutant_of_the_solution_passes(name):
    assert set(survivors(name)) == equivalent(name).keys()


@pytest.mark.parametrize("name", public.exercise_names())
def test_an_exercise_has_enough_mutants(name):
    assert sum(1 for _ in mutants_of(name)) >= AT_LEAST
