"""Each fault does what its docstring promises: a function of its name in `effects` says how."""

from __future__ import annotations

from importlib import import_module

import pytest

from emulator.faults.catalogue import catalogue
from emulator.providers.port import Kind
from tests.faults.stand import MANUAL, Make

FORMS = [
    (17, "17"),
    (2.0, "2"),
    (1.5, "1.5"),
    (0, "0"),
    (-5, "-5"),
    (99_999_999_999, "99999999999"),
    ("soon", "soon"),
    ("Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"),
]


@pytest.mark.parametrize("do", catalogue())
def test_a_fault_has_the_effect_that_it_promises(do: str, stand: Make) -> None:
    family = import_module(f"tests.faults.effects.{catalogue()[do].family.value}")
    assert hasattr(family, do), f"nothing in {family.__name__} says what {do} does"
    getattr(family, do)(stand)


@pytest.mark.parametrize("provider", ["oxen", "omixa"])
def test_any_error_comes_in_the_providers_envelope(provider: str, stand: Make) -> None:
    it = stand(**MANUAL)
    ask = it.ask(provider, Kind.TABLE)
    keys = {"oxen": {"type", "title"}, "omixa": {"message", "type", "code"}}[provider]
    for code in range(400, 600):
        it.arm({"refuse": {"status": code}}, "models", times=1)
        answer = it.call(ask)
        assert answer.status_code == code
        assert answer.json()["error"].keys() >= keys


@pytest.mark.parametrize(("after", "header"), FORMS, ids=repr)
def test_retry_after_comes_in_every_form(after: object, header: str, stand: Make) -> None:
    it = stand(**MANUAL)
    ask = it.ask("omixa", Kind.TABLE)
    it.arm({"refuse": {"status": 429, "retry_after": after}}, "models", times=1)
    assert it.call(ask).headers["retry-after"] == header


@pytest.mark.parametrize(
    ("ahead", "date"),
    [
        ("30s", "Thu, 01 Jan 2026 00:00:30 GMT"),
        ("100ms", "Thu, 01 Jan 2026 00:00:01 GMT"),
        (0, "Thu, 01 Jan 2026 00:00:00 GMT"),
    ],
)
def test_retry_after_is_a_date_that_is_never_too_early(
    ahead: object, date: str, stand: Make
) -> None:
    it = stand(**MANUAL)
    ask = it.ask("oxen", Kind.TABLE)
    it.arm({"refuse": {"status": 503, "retry_at": ahead}}, "models", times=1)
    assert it.call(ask).headers["retry-after"] == date
