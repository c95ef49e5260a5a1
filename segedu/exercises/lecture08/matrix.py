"""Cases and judge of lecture 08's exercise on the matrix of a transposed convolution."""

import math
import random
from collections.abc import Iterator
from itertools import product
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from segedu.exercises.engine.compare import Verdict, compare, kind

Arguments = dict[str, Any]
Pair = tuple[int, int]

# weight (kh, kw), input_size (h, w), stride, padding
MATRICES = (
    ((1, 2), (1, 3), 1, 0),
    ((1, 3), (1, 3), 2, 0),
    ((2, 3), (2, 3), 1, 0),
    ((3, 3), (2, 3), 2, 1),
    ((3, 4), (4, 3), 2, 1),
    ((1, 1), (2, 3), 2, 0),  # cells that no stamp reaches
    ((4, 3), (1, 4), 3, 1),
)

MISTAKES = {
    "not transposed": "That is the matrix of the convolution, which goes down: transpose it.",
    "input convolved": "That matrix convolves a map of `input_size`. Build it for the *larger* map, then transpose it.",
    "flipped": "The kernel is flipped: column j of the matrix is the stamp of input cell j, as it is.",
    "no stride": "The stride is forgotten: it lies between the stamps of neighboring input cells.",
    "no padding": "The padding is forgotten: the larger map has stride·(h − 1) + kh − 2·padding rows.",
    "cropped at the end": "The rows of the last cells are cut off; padding crops cells on all four sides of the map.",
    "wrapped": "A tap outside of the large map has come in on the other side, as Python's negative indices do: leave "
    "it out. Both its row and its column have to lie inside.",
    "size turned": "Height and width of `input_size` are exchanged.",
    "column order": "The cells are numbered column by column; number them row by row, as `flatten()` does.",
    "taps turned": "Rows and columns of the kernel are exchanged.",
}


def matrix_arguments(seed: int) -> Arguments:
    """Return a kernel without symmetry and sizes that are not square, in some cases the defaults."""
    if seed < len(MATRICES):
        kernel, size, stride, padding = MATRICES[seed]
    else:
        kernel, size, stride, padding = drawn_matrix(seed)
    weight = torch.randperm(3 * kernel[0] * kernel[1])[: kernel[0] * kernel[1]].view(kernel) + 1.0
    if seed > 2:
        weight -= 3.5 + kernel[0] * kernel[1]  # about half of them are negative
    if seed == 0 or (seed >= len(MATRICES) and seed % 4 == 0):
        return {"weight": weight, "input_size": size}
    return {"weight": weight, "input_size": size, "stride": stride, "padding": padding}


def drawn_matrix(seed: int) -> tuple[Pair, Pair, int, int]:
    """Draw kernel, size, stride and padding; each third case has stride and padding."""
    least = 2 if seed % 3 == 0 else 1
    kernel = random.randint(least, 4), random.randint(least, 4)
    rows, columns = random.sample(range(least, 6), 2)
    stride = random.randint(least, 3)
    sides = [(n - 1) * stride + k for n, k in zip((rows, columns), kernel, strict=True)]
    padding = random.randint(least - 1, min(2, (min(sides) - 1) // 2))
    return kernel, (rows, columns), stride, padding


def judge_matrix(arguments: Arguments, result: Any, expected: Tensor) -> Verdict:
    """Name the classic mistake in building the matrix."""
    given: Arguments = {"stride": 1, "padding": 0} | arguments
    mistakes = [(MISTAKES[mistake], value) for mistake, value in matrix_mistakes(**given)]
    judgement = compare(result, expected, name="the matrix", mistakes=mistakes)
    if judgement.right or not isinstance(result, Tensor) or not result.any() or not alike(result, expected):
        return judgement
    return judgement.saying(wrong_column(result, expected, arguments["input_size"]))


def alike(result: Tensor, expected: Tensor) -> bool:
    """Return whether shape and kind of dtype are right."""
    return result.shape == expected.shape and kind(result) == kind(expected)


def wrong_column(result: Tensor, expected: Tensor, input_size: Pair) -> str:
    """Return which column differs first, and of which input cell it should be the stamp.

    That the matrix is right inside and wrong along its border, say, would mean nothing: it is no map.
    """
    wrong = ~result.isclose(expected.to(result.dtype))
    column = int(wrong.any(dim=0).nonzero()[0])
    row = int(wrong[:, column].nonzero()[0])
    cell = divmod(column, input_size[1])
    value, right = f"{result[row, column]:g}", f"{expected[row, column]:g}"
    return f"Column {column} of the matrix, the stamp of input cell {cell}, has {value} in row {row}, expected {right}."


def matrix_mistakes(weight: Tensor, input_size: Pair, stride: int, padding: int) -> Iterator[tuple[str, Tensor]]:
    """Yield each classic mistake with the matrix that it gives."""
    expected = transposed_matrix(weight, input_size, stride, padding)
    yield "not transposed", expected.T
    images = torch.eye(input_size[0] * input_size[1]).view(-1, 1, *input_size)
    if all(n + 2 * padding >= k for n, k in zip(input_size, weight.shape, strict=True)):
        down = F.conv2d(images, weight[None, None], None, stride, padding).flatten(1)
        yield "input convolved", down
        yield "input convolved", down.T
    yield "flipped", transposed_matrix(weight.flip(0, 1), input_size, stride, padding)
    yield "no stride", transposed_matrix(weight, input_size, 1, padding)
    yield "no padding", transposed_matrix(weight, input_size, stride, 0)
    yield "cropped at the end", transposed_matrix(weight, input_size, stride, 0)[: len(expected)]
    for way in ("both axes", "the number", "the number's range"):
        yield "wrapped", wrapped(weight, input_size, stride, padding, way)
    yield "size turned", transposed_matrix(weight, (input_size[1], input_size[0]), stride, padding)
    yield "column order", by_columns(expected, weight, input_size, stride, padding)
    yield "taps turned", transposed_matrix(weight.T, input_size, stride, padding)


def transposed_matrix(weight: Tensor, input_size: Pair, stride: int, padding: int) -> Tensor:
    """Return the matrix column by column: each is the stamp of one bright cell; empty if nothing is left of it."""
    images = torch.eye(input_size[0] * input_size[1]).view(-1, 1, *input_size)
    sides = [(n - 1) * stride + k - 2 * padding for n, k in zip(input_size, weight.shape, strict=True)]
    if min(sides) < 1:
        return torch.zeros(0)
    return F.conv_transpose2d(images, weight[None, None], None, stride, padding).flatten(1).T


def wrapped(weight: Tensor, input_size: Pair, stride: int, padding: int, way: str) -> Tensor:
    """Return the matrix into which taps come that lie outside: modulo the sides, modulo the cells, or by their number.

    "the number's range" leaves out cells whose number is none of the map's, and takes the next row's for the others.
    """
    rows, columns = ((n - 1) * stride + k - 2 * padding for n, k in zip(input_size, weight.shape, strict=True))
    matrix = torch.zeros(rows * columns, math.prod(input_size))
    cells = product(*map(range, (*input_size, *weight.shape)))
    for i, j, u, v in cells:
        y, x = i * stride + u - padding, j * stride + v - padding
        number = y % rows * columns + x % columns if way == "both axes" else y * columns + x
        if way != "the number's range" or 0 <= number < len(matrix):
            matrix[number % len(matrix), i * input_size[1] + j] = weight[u, v]
    return matrix


def by_columns(matrix: Tensor, weight: Tensor, input_size: Pair, stride: int, padding: int) -> Tensor:
    """Return the matrix for maps that are flattened column by column."""
    rows, columns = ((n - 1) * stride + k - 2 * padding for n, k in zip(input_size, weight.shape, strict=True))
    numbered = matrix.view(rows, columns, *input_size)
    return numbered.permute(1, 0, 3, 2).reshape(matrix.shape)
