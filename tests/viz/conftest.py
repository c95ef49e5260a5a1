"""What a figure holds, before it becomes a PNG."""

import sys

import pytest


@pytest.fixture
def figure_of(monkeypatch):
    """Return a function that calls a figure function and returns the figure that it would have shown."""

    def draw(function, *arguments, **options):
        figures = []
        module = sys.modules[function.__module__]
        monkeypatch.setattr(module, "show", lambda figure, *_, **__: figures.append(figure))
        function(*arguments, **options)
        (figure,) = figures
        return figure

    return draw


@pytest.fixture
def places():
    """Return a function from a figure of the sheet to its pictures and frames as (x, y, width, height) in pixels."""

    def read(figure):
        (axes,) = figure.axes
        pictures = [image.get_extent() for image in axes.images]  # left, right, bottom, top
        frames = [patch for patch in axes.patches if not patch.get_fill()]
        return (
            [(left, top, right - left, bottom - top) for left, right, bottom, top in pictures],
            [(*frame.get_xy(), frame.get_width(), frame.get_height()) for frame in frames],
        )

    return read


@pytest.fixture
def texts():
    """Return a function from a figure to its texts → (x, y), in pixels of a sheet."""

    def read(figure):
        return {text.get_text(): text.get_position() for axes in figure.axes for text in axes.texts}

    return read
