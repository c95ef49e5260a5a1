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
