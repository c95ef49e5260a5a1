"""One case of an exercise: call the student's function under the same conditions every time, and judge its result."""

import copy
import dataclasses
from typing import Any

from segedu.exercises.engine import conditions, gradients, rules, student
from segedu.exercises.engine.border import converted
from segedu.exercises.engine.exercise import NOT_YET, PASSED, RAISED, Case, Exercise
from segedu.exercises.engine.judgement import Judgement, as_judgement, together
from segedu.exercises.engine.limits import SECONDS, TimeUpError, time_limit
from segedu.exercises.engine.nested import honest
from segedu.exercises.engine.show import safe_text, shown, type_name
from segedu.exercises.engine.student import Function
from segedu.seeding import fold


def case_arguments(exercise: Exercise, seed: int) -> dict[str, Any]:
    """Return the keyword arguments of the case with this seed; the same on every call, whatever was drawn before it."""
    with conditions.pinned(fold(seed, exercise.name)):
        return exercise.arguments(seed)


def run_case(
    exercise: Exercise, function: Function, arguments: dict[str, Any], expected: Any, seconds: float = SECONDS
) -> Case:
    """Call `function` on a copy of `arguments` and judge what it returns."""
    own = copy.deepcopy(arguments)
    with conditions.pinned(fold(0, exercise.name)), student.printed() as out:
        try:
            result = answer(exercise, function, own, arguments, expected, seconds)
        except BaseException as error:
            return failed_case(error, function, arguments, out.text(), seconds)
        try:
            with time_limit(seconds):
                case = case_of(exercise, arguments, own, result, expected)
        except TimeUpError:
            return unread_case(value_of(exercise, result), arguments, out.text(), seconds)
        except BaseException as error:
            return failed_case(error, function, arguments, out.text(), seconds)
        return dataclasses.replace(case, printed=out.text())


def case_of(exercise: Exercise, arguments: dict[str, Any], own: dict[str, Any], result: Any, expected: Any) -> Case:
    """Judge a result and put it into words."""
    judgement = judged_case(exercise, arguments, own, result, expected)
    value, right = value_of(exercise, result), value_of(exercise, expected)
    return Case(
        arguments,
        PASSED if judgement.right else NOT_YET,
        judgement.difference,
        result="" if value is None or judgement.right else shown(value),
        expected="" if right is None or judgement.right else shown(right),
        returned_nothing=value is None or value is Ellipsis,
        judgement=judgement,
    )


def unread_case(value: Any, arguments: dict[str, Any], printed: str, seconds: float) -> Case:
    """Return the case of a result that answers no question in time: how long it is, what stands in it, its text."""
    kind = type_name(value)
    text = f"Your function returned a {kind} that can't be read in {seconds:g} s; return numbers, tensors or lists."
    return Case(arguments, NOT_YET, text, printed, last=True)


def value_of(exercise: Exercise, plain: Any) -> Any:
    """Return what the judge sees of a result or an expected answer: where the gradient counts, the value beside it."""
    return plain["value"] if exercise.gradient_of and isinstance(plain, dict) else plain


def answer(
    exercise: Exercise,
    function: Function,
    own: dict[str, Any],
    arguments: dict[str, Any],
    expected: Any,
    seconds: float = SECONDS,
) -> Any:
    """Return what is judged: what `function` makes of its `own` arguments, observed, in the kind of the expected value.

    Raises:
        Whatever the student's code raises; ForbiddenError if it breaks a rule, TimeUpError if it doesn't end.
    """
    if exercise.gradient_of:
        own.update(gradients.leaves(own, exercise.gradient_of))
    names = conditions.names_of_torch()
    with conditions.torch_restored(names), rules.guard(exercise.forbidden), time_limit(seconds):
        result = call(function, own)
    if result is None or result is Ellipsis:
        return {"value": result, "gradient": None} if exercise.gradient_of else result
    with conditions.torch_restored(names), time_limit(seconds):
        return plain(exercise, result, own, arguments, expected)


def call(function: Function, own: dict[str, Any]) -> Any:
    """Call the student's function with arguments of its own, whatever it calls them."""
    positions, names = student.called_with(function, own)
    return function(*positions, **names)


def plain(exercise: Exercise, result: Any, own: dict[str, Any], arguments: dict[str, Any], expected: Any) -> Any:
    """Return a result as plain values: observed, with its gradient, in the kind of the expected value."""
    if exercise.observe is not None:
        return exercise.observe(result, copy.deepcopy(arguments))
    if not exercise.gradient_of:
        result = honest(result)
        return result if exercise.strict else converted(result, expected)
    answer = gradients.with_gradient(result, own, exercise.gradient_of)
    value = honest(answer["value"])
    if not exercise.strict:
        value = converted(value, value_of(exercise, expected))
    return answer | {"value": value}


def judged_case(
    exercise: Exercise, arguments: dict[str, Any], own: dict[str, Any], result: Any, expected: Any
) -> Judgement:
    """Return what is said of a result and of what became of the arguments."""
    changed = conditions.changed_in_place(arguments, own)
    return Judgement(changed) if changed else verdict(exercise, arguments, result, expected)


def verdict(exercise: Exercise, arguments: dict[str, Any], result: Any, expected: Any) -> Judgement:
    """Return what the judge says; a result that the judge stumbles over is wrong, not a crash.

    Where the gradient counts, `result` and `expected` are `{"value": …, "gradient": …}`.
    """
    if exercise.gradient_of:
        value = one_verdict(exercise, arguments, result["value"], value_of(exercise, expected))
        return together(
            value, gradients.judge_gradient(result["gradient"], expected["gradient"]) if value.right else ""
        )
    return one_verdict(exercise, arguments, result, expected)


def one_verdict(exercise: Exercise, arguments: dict[str, Any], result: Any, expected: Any) -> Judgement:
    """Return what the judge says of the value."""
    if result is None or result is Ellipsis:
        return Judgement(f"`{exercise.function}` returned {result}; it should end with `return …`.")
    try:
        return as_judgement(exercise.judge(arguments, result, expected))
    except Exception as error:
        return Judgement(
            f"The result, a {type_name(result)}, can't be compared with the right one ({safe_text(error)})."
        )


def failed_case(
    error: BaseException, function: Function, arguments: dict[str, Any], printed: str, seconds: float
) -> Case:
    """Return the case of a function that didn't come to an end, or to none that can be judged."""
    where = student.place(error, function)
    if isinstance(error, rules.ForbiddenError):
        return Case({}, NOT_YET, str(error) + where, printed)
    if isinstance(error, student.SignatureError):
        return Case({}, NOT_YET, str(error), printed, last=True)
    if isinstance(error, TimeUpError):
        text = f"Your function is still running after {seconds:g} s with these arguments: does its loop end?"
        return Case(arguments, NOT_YET, text + where, printed, last=True)
    if isinstance(error, KeyboardInterrupt):
        return Case(
            arguments,
            NOT_YET,
            "You have stopped it while it was running: does its loop end?" + where,
            printed,
            last=True,
        )
    return Case(arguments, RAISED, student.blame(error, function), printed)
