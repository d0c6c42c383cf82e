"""What a client keeps from one trial to the next spoils none of them."""

from __future__ import annotations

import pytest

from contracts.cases import Case, sample
from contracts.subjects.python import PythonSubject

HOME = "tests.contracts.virtual.keeping"
KEPT = [
    "a_session",
    "a_client",
    "an_awaited_client",
    "a_connection",
    "a_lock",
    "an_event",
    "a_future",
]


@pytest.mark.parametrize("name", KEPT)
def test_a_client_that_keeps_something_is_played_as_if_it_had_nothing(name: str) -> None:
    with PythonSubject(f"{HOME}:{name}") as subject:
        trials = [subject.play(Case(provider="oxen", body=sample("oxen"))) for _ in range(4)]
    assert [(one.trouble, one.outcome.error) for one in trials] == [(None, "[401, 401]")] * 4
    assert len({len(one.exchanges) for one in trials}) == 1
