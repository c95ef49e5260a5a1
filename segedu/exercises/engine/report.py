"""How a result reads: one line of outcome, then the smallest failing input, the result and the expected value."""

from segedu.exercises.engine.exercise import NOT_ATTEMPTED, NOT_YET, PASSED, RAISED, Case, Result
from segedu.exercises.engine.show import cut, labelled, shown

SYMBOLS = {PASSED: "✓", NOT_YET: "✗", NOT_ATTEMPTED: "○", RAISED: "✗"}
PRINTED_LINES = 12
PRINTED_WIDTH = 120
MESSAGE = 2_000  # characters of the sentence
LONGEST = 9_000  # bytes in all


def text(result: Result) -> str:
    """Return what `check` prints: never more than a screen or two, whatever the student's function returned."""
    head = f"{SYMBOLS[result.outcome]} {result.name}: {result.outcome}"
    if result.outcome == RAISED:
        head += f" {cut(result.message, MESSAGE)}"
    else:
        head += f". {cut(result.message, MESSAGE)}"
    case = result.case
    if case is None:
        return bounded(head)
    count = [f"  {result.right} of {result.cases} cases are right."] if result.cases > 1 else []
    blocks = [head] if result else [head, *count, *failing_case(case)]
    return bounded("\n".join(blocks + printed_lines(case.printed)))


def bounded(text: str) -> str:
    """Return a text of at most so many bytes; a lone surrogate, which no console prints, becomes a question mark."""
    data = text.encode(errors="replace")
    return data.decode() if len(data) <= LONGEST else data[:LONGEST].decode(errors="ignore") + " …"


def failing_case(case: Case) -> list[str]:
    """Return the lines that show a failing case: its arguments, what came out, what should have."""
    lines = ["  The smallest failing input:"] if case.arguments else []
    lines += [labelled(f"    {name} = ", shown(value)) for name, value in case.arguments.items()]
    if case.outcome == NOT_YET and case.result:
        lines.append(labelled("  Your result: ", case.result))
        if case.expected:
            lines.append(labelled("  Expected:    ", case.expected))
    return lines


def printed_lines(printed: str) -> list[str]:
    """Return what the student's function printed during the shown case, cut to a dozen lines."""
    lines = printed.splitlines()
    if not lines:
        return []
    more = [f"    … {len(lines) - PRINTED_LINES} more lines"] if len(lines) > PRINTED_LINES else []
    return [
        "  Printed by your function:",
        *(f"    {cut(line, PRINTED_WIDTH)}" for line in lines[:PRINTED_LINES]),
        *more,
    ]
