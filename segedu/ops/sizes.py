"""Sizes: what a convolution and a transposed convolution make of a height and a width.

Sizes and options are an int, which means both axes, or a pair (vertical, horizontal).
"""

Pair = tuple[int, int]  # (vertical, horizontal)
IntOrPair = int | Pair


def output_size(
    input_size: IntOrPair,
    kernel_size: IntOrPair,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
) -> IntOrPair:
    """Return floor((input + 2·padding − dilation·(kernel − 1) − 1) / stride) + 1, per axis.

    Source: Dumoulin & Visin 2016, relationship 6, with dilation.

    Returns:
        An int if every argument is an int, otherwise a pair (height, width); in cells.

    Raises:
        ValueError: The dilated kernel spans more cells than the padded input has.

    >>> output_size(7, 3, stride=2), output_size((5, 7), 3, padding=(1, 0))
    (3, (5, 5))
    """
    options = (input_size, kernel_size, stride, padding, dilation)
    height, width = output_pair(*options)
    if all(isinstance(option, int) for option in options):
        return height
    return height, width


def transposed_output_size(
    input_size: IntOrPair,
    kernel_size: IntOrPair,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    output_padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
) -> IntOrPair:
    """Return (input − 1)·stride + dilation·(kernel − 1) + 1 − 2·padding + output_padding, per axis.

    Source: Dumoulin & Visin 2016, relationship 14.

    Returns:
        An int if every argument is an int, otherwise a pair (height, width); in cells.

    Raises:
        ValueError: Padding crops everything, or output_padding is smaller neither than the stride
            nor than the dilation.

    >>> transposed_output_size(4, 3, stride=2, padding=1)
    7
    >>> transposed_output_size((2, 3), 4, stride=2, padding=1)
    (4, 6)
    """
    options = (input_size, kernel_size, stride, padding, output_padding, dilation)
    height, width = transposed_output_pair(*options)
    if all(isinstance(option, int) for option in options):
        return height
    return height, width


def output_pair(
    input_size: IntOrPair,
    kernel_size: IntOrPair,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
) -> Pair:
    """Return (height, width) of a convolution's output; as `output_size`, but always a pair.

    >>> output_pair(7, 3, stride=2)
    (3, 3)
    """
    sizes = pair(input_size, "input_size")
    kernels = pair(kernel_size, "kernel_size")
    strides = pair(stride, "stride")
    paddings = pair(padding, "padding", least=0)
    dilations = pair(dilation, "dilation")
    height = _output_length("height", sizes[0], kernels[0], strides[0], paddings[0], dilations[0])
    width = _output_length("width", sizes[1], kernels[1], strides[1], paddings[1], dilations[1])
    return height, width


def _output_length(axis: str, size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    span = dilation * (kernel - 1) + 1
    padded = size + 2 * padding
    if span > padded:
        raise ValueError(
            f"the kernel spans {span} cells, the padded input has {padded} along its {axis}: "
            "use a larger input, more padding, a smaller kernel or a smaller dilation."
        )
    return (padded - span) // stride + 1


def transposed_output_pair(
    input_size: IntOrPair,
    kernel_size: IntOrPair,
    stride: IntOrPair = 1,
    padding: IntOrPair = 0,
    output_padding: IntOrPair = 0,
    dilation: IntOrPair = 1,
) -> Pair:
    """Return (height, width) of a transposed convolution's output; as `transposed_output_size`, but always a pair.

    >>> transposed_output_pair(4, 3, stride=2, padding=1)
    (7, 7)
    """
    sizes = pair(input_size, "input_size")
    kernels = pair(kernel_size, "kernel_size")
    strides = pair(stride, "stride")
    paddings = pair(padding, "padding", least=0)
    extras = pair(output_padding, "output_padding", least=0)
    dilations = pair(dilation, "dilation")
    lengths = []
    for axis, name in enumerate(("height", "width")):
        covered = (sizes[axis] - 1) * strides[axis] + dilations[axis] * (kernels[axis] - 1) + 1
        _check_output_padding(name, extras[axis], strides[axis], dilations[axis])
        _check_cropping(name, covered, paddings[axis], extras[axis])
        lengths.append(covered + extras[axis] - 2 * paddings[axis])
    return lengths[0], lengths[1]


def _check_output_padding(axis: str, extra: int, stride: int, dilation: int) -> None:
    if extra >= max(stride, dilation):
        raise ValueError(
            f"output_padding is {extra} along the {axis}, with stride {stride} and dilation {dilation}; it must be "
            "smaller than the larger of the two: a larger output comes from a larger input."
        )


def _check_cropping(axis: str, covered: int, padding: int, extra: int) -> None:
    if covered + extra <= 2 * padding:
        raise ValueError(
            f"the stamps cover {covered} cells along the {axis} and padding {padding} crops {2 * padding} of them: "
            "nothing is left; use less padding or a larger input."
        )


def pair(value: IntOrPair, name: str, least: int = 1) -> Pair:
    """Return `value` as (vertical, horizontal); an int means both.

    Args:
        value: An int or a pair of ints.
        name: What it is called in messages, e.g. "stride".
        least: The smallest number allowed.

    Raises:
        TypeError: `value` is no int and no pair of ints.
        ValueError: A number is below `least`.

    >>> pair(3, "kernel_size"), pair((1, 2), "stride")
    ((3, 3), (1, 2))
    """
    numbers = (value, value) if isinstance(value, int) else value
    if not isinstance(numbers, tuple | list) or len(numbers) != 2 or not all(isinstance(n, int) for n in numbers):
        raise TypeError(f"{name} is {value!r}; give an int, or a pair (vertical, horizontal) of ints.")
    if min(numbers) < least:
        raise ValueError(f"{name} is {value!r}; it must be at least {least}.")
    return numbers[0], numbers[1]
