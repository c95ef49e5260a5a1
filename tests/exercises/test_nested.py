"""What is returned is read as it lies in memory, no further than needed: nothing endless fills memory or time."""

import itertools
import resource
from collections import OrderedDict
from collections.abc import Mapping

import pytest
import torch
from scaled_relu import EXERCISE, EXPECTED, examine

from segedu.exercises.engine import engine, public, report, show, store
from segedu.exercises.engine.border import LONGEST, converted
from segedu.exercises.engine.nested import DEEPEST, honest, table

ROOM = 2**30  # bytes that a check may take beyond what is taken already
SHORT = 0.3  # seconds
pytestmark = pytest.mark.timeout(120, method="thread")  # the interval timer is the engine's


@pytest.fixture(autouse=True)
def bounded_memory():
    """Bound the memory of this process while a test runs."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm", encoding="ascii") as file:
        taken = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + ROOM, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


def endless(*_):
    return itertools.repeat(1)


def loops(*_):
    while True:
        pass


class EndlessList(list):
    __iter__ = __reversed__ = endless

    def __len__(self):
        return 2

    def __getitem__(self, index):
        return EndlessList([1]) if isinstance(index, slice) else 1


class EndlessTuple(tuple):
    __iter__ = __reversed__ = endless


class EndlessDict(dict):
    __iter__ = keys = values = endless

    def items(self):
        return itertools.repeat(("size", 1))


class EndlessMapping(Mapping):
    __getitem__ = __len__ = lambda self, *key: 1
    __iter__ = endless


class ItemsWithoutEnd:
    def __len__(self):
        return 3

    def __getitem__(self, index):
        return 1


class NeverShown:
    __repr__ = __str__ = __len__ = __iter__ = loops


SET = type("set", (), {"__iter__": endless, "__len__": lambda self: 3})
LIST = type("list", (), {"__iter__": endless, "__len__": lambda self: 3, "__getitem__": lambda self, index: 1})


def wide(levels):
    """Return lists of forty times the same list: a text of all of it has no end."""
    value = [torch.ones(2), 1]
    for _ in range(levels):
        value = [value] * 40
    return value


def ring():
    value = [1]
    value.extend([value] * 1000)
    return value


ENDLESS = [
    *(EndlessList([1]), EndlessList([1, 2]), EndlessTuple((1, 2)), EndlessDict(size=1), EndlessMapping()),
    *(ItemsWithoutEnd(), SET(), LIST(), wide(8), ring(), [wide(8)] * 2, {"size": wide(8)}, {"size": EndlessList([1])}),
    *([EndlessList([1]), EndlessTuple((1,))], itertools.count(), (1 for _ in iter(int, 1)), map(str, iter(int, 1))),
]
MODELS = [(3, 4), [5], torch.ones(2, 3), 7, 0.5, True, "text", {"size": 3}]


@pytest.mark.parametrize("number", range(len(ENDLESS)))
def test_what_does_not_end_is_judged_whatever_is_expected(number):
    for expected in MODELS:
        exercise = public.find("03.output_size")
        result = engine.examine(exercise, lambda **arguments: ENDLESS[number], [expected], seconds=5)
        assert not result
        assert "can't be read" not in result.message
        assert len(report.text(result)) < 10_000


def test_the_exercises_of_the_course_stand_an_endless_list():
    for name in public.exercise_names():
        for value in (EndlessList([-1]), EndlessDict(size=1)):
            values = store.expected_values(name)[:1]
            result = engine.examine(public.find(name), lambda *a, value=value, **k: value, values, seconds=5)
            assert not result
            assert "can't be read" not in result.message


class NeverMeasured:
    ndim = property(loops)


def test_a_result_that_never_answers_is_told_so():
    exercise = public.find("03.output_size")
    result = engine.examine(exercise, lambda **arguments: NeverMeasured(), [7], seconds=SHORT)
    assert result.message.startswith("Your function returned a NeverMeasured that can't be read in 0.3 s")
    result = engine.examine(exercise, lambda **arguments: NeverShown(), [7], seconds=SHORT)
    assert "NeverShown" in result.message


def test_an_answer_that_never_answers_is_told_so():
    class Answer:
        __call__ = print
        __getattr__ = loops

    result = engine.examine(EXERCISE, Answer(), EXPECTED, seconds=SHORT)
    assert "can't be examined in 0.3 s" in result.message


def test_a_subclass_is_read_as_it_lies_in_memory():
    assert honest(EndlessList([3, EndlessTuple((4, 5))])) == [3, (4, 5)]
    assert type(honest(OrderedDict(a=torch.Size([2])))["a"]) is tuple
    assert converted(EndlessList([3, 4]), (3, 4)) == (3, 4)


def test_a_list_that_holds_itself_is_copied_once():
    copy = honest(ring())
    assert len(copy) == 1001
    assert all(item is copy for item in copy[1:])


def test_a_list_is_looked_into_so_deep_and_an_iterator_read_so_far():
    value = []
    for _ in range(50_000):
        value = [value]
    copy = honest(value)
    for _ in range(DEEPEST):
        copy = copy[0]
    assert type(copy) is list
    assert len(converted(itertools.count(), (3, 4))) == LONGEST


def test_a_table_is_rectangular_and_not_too_large():
    assert table([[1] * 10] * 10, most=99) is None
    assert table([[1] * 10] * 10, most=100) == ((10, 10), [1] * 100)
    assert table([[[]]] * 3, most=100) == ((3, 1, 0), [])
    assert table([[1], 2], most=100) is None


def test_a_text_has_a_bounded_number_of_parts():
    assert len(show.one_line(wide(8))) <= show.LONGEST_LINE
    assert "can't be shown" not in examine(lambda x, scale: [wide(8), {1: wide(8)}])[1]
