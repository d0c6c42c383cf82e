import pytest

from contracts.worlds import World


@pytest.mark.understudy({"balance": "much"})
def test_a_bad_field(oxen: World) -> None:
    raise AssertionError("never reached")


@pytest.mark.understudy("lost-answer-timeot")
def test_a_bad_name(oxen: World) -> None:
    raise AssertionError("never reached")


@pytest.mark.understudy({}, listner=True)
def test_a_bad_marker(oxen: World) -> None:
    raise AssertionError("never reached")


def test_a_bad_fault(oxen: World) -> None:
    oxen.fault("los")


def test_a_bad_span(oxen: World) -> None:
    oxen.advance("soon")
