"""Which sentence is said when several cases fail: a known mistake if the evidence of all cases is for it."""

from collections import Counter
from collections.abc import Sequence

from segedu.exercises.engine.judgement import Judgement


def named_mistake(
    failing: Sequence[Judgement], passing: Sequence[Judgement], failures: int | None = None
) -> str | None:
    """Return the known mistake that all cases together speak for, or None.

    It explains at least half of the failing cases and is excluded by none that passes. Of several, the one that
    explains most is said; of these, the one that the judge lists first. `failures` counts failing cases that have no
    judgement too (the code raised).

    >>> one, two = Judgement("3, expected 4", ("+ 1 is missing",)), Judgement("5, expected 8")
    >>> named_mistake([one, two], []), named_mistake([one, two, two], [])
    ('+ 1 is missing', None)
    >>> named_mistake([one], [Judgement(excluded=("+ 1 is missing",))])
    """
    excluded = {sentence for judgement in passing for sentence in judgement.excluded}
    votes = Counter(sentence for judgement in failing for sentence in judgement.explained)
    count = len(failing) if failures is None else failures
    candidates = [sentence for sentence in votes if sentence not in excluded and 2 * votes[sentence] >= count]
    return max(candidates, key=votes.__getitem__, default=None)


def usual_reason(failing: Sequence[Judgement], failures: int | None = None) -> str:
    """Return the kind of reason ("is # times the expected one") that at least half of the failing cases show, or "".

    One case can't tell a reason from a coincidence: of six cases, one may well be its own transpose's double.

    >>> one, two = Judgement("It is all zeros.", reason="is all zeros"), Judgement("It differs.")
    >>> usual_reason([one, two]), usual_reason([one, two, two])
    ('is all zeros', '')
    """
    votes = Counter(judgement.reason for judgement in failing if judgement.reason)
    count = len(failing) if failures is None else failures
    return next((reason for reason, cases in votes.most_common(1) if 2 * cases >= count), "")
