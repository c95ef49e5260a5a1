"""Sizes and options as (height, width) pairs: what every operator accepts."""

IntOrPair = int | tuple[int, int]


def pair(value: IntOrPair, name: str, least: int = 1) -> tuple[int, int]:
    """Return `value` as (vertical, horizontal); an int means both.

    Raises TypeError if it is no int and no pair of ints, ValueError if a number is below `least`.

    >>> pair(3, "kernel_size"), pair((1, 2), "stride")
    ((3, 3), (1, 2))
    """
    numbers = (value, value) if isinstance(value, int) else tuple(value) if isinstance(value, (tuple, list)) else ()
    if len(numbers) != 2 or not all(isinstance(number, int) for number in numbers):
        raise TypeError(f"{name} is {value!r}; give an int, or a pair (vertical, horizontal) of ints.")
    if min(numbers) < least:
        raise ValueError(f"{name} is {value!r}; it must be at least {least}.")
    return numbers[0], numbers[1]
