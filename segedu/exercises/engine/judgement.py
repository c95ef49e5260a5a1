"""What one case says about an answer: where it differs, and which known mistakes it speaks for or against."""

import dataclasses
from collections.abc import Iterable
from typing import Self


@dataclasses.dataclass(frozen=True)
class Judgement:
    """What one case says. One case can't tell a mistake from a coincidence, so `engine.examine` asks all of them.

    A sentence stands for one mistake, in `explained` or in `excluded` or, where this case can't tell, in neither.
    """

    difference: str = ""  # where the result differs from the expected one; "" if it is right
    explained: tuple[str, ...] = ()  # mistakes that would give this wrong result
    excluded: tuple[str, ...] = ()  # mistakes that would give another result, also where the result is right
    fact: str = dataclasses.field(default="", repr=False, compare=False)  # the difference without its usual reason
    reason: str = dataclasses.field(
        default="", repr=False, compare=False
    )  # the kind of that reason: "is # times the expected one"

    @property
    def right(self) -> bool:
        """Return whether the result is right."""
        return not self.difference

    @property
    def sentence(self) -> str:
        """Return what is said if this is the only case: the first mistake that explains it, else where it differs."""
        return self.explained[0] if self.explained else self.difference

    def saying(self, difference: str) -> Self:
        """Return the same evidence, with another sentence on where a wrong result differs."""
        return self if self.right else dataclasses.replace(self, difference=difference, fact="", reason="")


Verdict = Judgement | str | None  # what a judge may return: a sentence says where it differs, None that it is right


def judged(difference: str | None, mistakes: Iterable[tuple[str, bool | None]] = ()) -> Judgement:
    """Return the judgement of a result that is right if `difference` is None or "".

    `mistakes` are pairs of a sentence and what this case says about it: True (the result shows it), False (the result
    would be another one), None (can't be told here). A sentence that stands there twice is one mistake in two forms:
    it is explained if either fits, and excluded only if none fits and none is open.

    >>> judged("It is 7, expected 15.", [("Rates are added.", True), ("A rate is lost.", False)])
    Judgement(difference='It is 7, expected 15.', explained=('Rates are added.',), excluded=('A rate is lost.',))
    """
    forms: dict[str, list[bool | None]] = {}
    for sentence, fits in mistakes:
        forms.setdefault(sentence, []).append(fits)
    explained = tuple(sentence for sentence, each in forms.items() if difference and any(each))
    excluded = tuple(sentence for sentence, each in forms.items() if all(fits is False for fits in each))
    return Judgement(difference or "", explained, excluded)


def together(*parts: Verdict) -> Judgement:
    """Return the judgement of a result whose parts were judged one by one: it differs where the first part differs.

    A mistake that several parts know is explained if one of them explains it and none excludes it.
    """
    judgements = [as_judgement(part) for part in parts]
    wrong = next((each for each in judgements if not each.right), Judgement())
    excluded = tuple(dict.fromkeys(sentence for each in judgements for sentence in each.excluded))
    explained = dict.fromkeys(sentence for each in judgements for sentence in each.explained)
    known = tuple(sentence for sentence in explained if sentence not in excluded)
    return Judgement(wrong.difference, known, excluded, wrong.fact, wrong.reason)


def as_judgement(verdict: Verdict) -> Judgement:
    """Return what a judge returned as a judgement."""
    return verdict if isinstance(verdict, Judgement) else Judgement(verdict or "")
