"""A claim over many random configurations as one test: the failure says which of them it was."""

import inspect
import itertools
from collections.abc import Callable, Iterable
from typing import Any


def for_each(**cases: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that calls a test with every combination of values of some of its arguments.

    Sixty cases of a millisecond are one test here: collected, scheduled and reported once. The first that fails ends
    the test, with a note of its values.

    >>> @for_each(seed=range(3))
    ... def test_even(seed):
    ...     assert seed % 2 == 0
    >>> try:
    ...     test_even()
    ... except AssertionError as error:
    ...     print(error.__notes__)
    ['the case is seed=1']
    """

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        def over_all_cases(**fixtures: Any) -> None:
            for values in itertools.product(*cases.values()):
                case = dict(zip(cases, values, strict=True))
                try:
                    test(**case, **fixtures)
                except BaseException as error:
                    error.add_note("the case is " + ", ".join(f"{k}={v!r}" for k, v in case.items()))
                    raise

        signature = inspect.signature(test)
        others = [each for name, each in signature.parameters.items() if name not in cases]
        over_all_cases.__signature__ = signature.replace(parameters=others)  # type: ignore[attr-defined]
        over_all_cases.__name__, over_all_cases.__doc__ = test.__name__, test.__doc__
        over_all_cases.__module__, over_all_cases.__qualname__ = test.__module__, test.__qualname__
        return over_all_cases

    return decorate
