"""Every rule of an exercise stands in its task: by its name, or in words that say the family."""

import re
from functools import cache
from pathlib import Path

import pytest

from segedu.exercises.engine import public
from segedu.exercises.engine.families import FAMILIES, family_of

LECTURES = Path(__file__).parents[2] / "lectures"
OWN = ("without `se`", "the course's", "of the course")  # said in place of all functions of the course's own


@cache
def cells(lecture: str) -> list[str]:
    """Return the text cells of a lecture's source, without the marks of comments and with line breaks as blanks."""
    (path,) = LECTURES.glob(f"{lecture}_*.py")
    blocks = re.split(r"^# %%", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [" ".join(re.sub(r"^# ?", "", block, flags=re.MULTILINE).split()) for block in blocks]


def task_of(name: str) -> str:
    """Return the text of an exercise's task."""
    (task,) = (cell for cell in cells(name.partition(".")[0]) if "**Task" in cell and f'se.hint("{name}"' in cell)
    return task


def unnamed_rules(name: str) -> list[str]:
    """Return the rules of an exercise that its task doesn't name.

    "F.conv2d" is named by itself, by another one of its family, or by the family's words ("convolution of torch");
    "se.ops.im2col" by itself or by one of `OWN`.
    """
    task = task_of(name)
    named = set(re.findall(r"`([\w.]+)`", task))
    named |= {word.rpartition(".")[2] for word in named}
    families = {family_of(word) for word in named} - {None}

    def is_named(rule: str) -> bool:
        if rule.startswith("se.") and any(words in task for words in OWN):
            return True
        wider = {family for family in FAMILIES if family_of(rule) and family.matches(rule.rpartition(".")[2])}
        said = bool(wider & families) or any(family.words in task for family in wider | {family_of(rule)} - {None})
        return said or rule in named or rule.rpartition(".")[2] in named

    return [rule for rule in public.find(name).forbidden if not is_named(rule)]


RULED = [name for name in public.exercise_names() if public.find(name).forbidden]


@pytest.mark.parametrize("name", RULED)
def test_every_rule_stands_in_the_task(name):
    assert unnamed_rules(name) == []


@pytest.mark.parametrize("name", public.exercise_names())
def test_what_is_said_on_success_is_a_sentence(name):
    proved = public.find(name).proved
    assert proved[0].isupper() or proved[0] == "`"
    assert proved.endswith(".")
