"""Upstream accounts, and keys that may not use every model."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.core.ledger import Kind
from tests.providers.desk import JOBS, LITE, Desk, created, polled

NO_ROUTE = "no_healthy_route"
USAGE = "/api/v1/usage/requests"


@pytest.mark.parametrize(
    "accounts", [(True,), (True, False), (False, True), (False, False, False, True)]
)
def test_as_long_as_one_account_is_healthy_nobody_notices(accounts: tuple[bool, ...]) -> None:
    plain, desk = Desk(), Desk(accounts=accounts)
    first, second = created(plain), created(desk)
    assert first == second
    assert polled(plain.after(40), first["operation"]) == polled(
        desk.after(40), second["operation"]
    )
    assert plain.get(USAGE) == desk.get(USAGE)
    assert desk.posted(Kind.HOLD) == desk.posted(Kind.CAPTURE) == [400_000]


@pytest.mark.parametrize("accounts", [(False,), (False, False), ()])
def test_without_one_there_is_no_route_and_nothing_stays_held(accounts: tuple[bool, ...]) -> None:
    desk = Desk(accounts=accounts)
    answer = desk.post(JOBS, LITE)
    assert answer.status == 503
    assert answer.body["error"]["type"] == "routing_error"
    assert answer.body["error"]["code"] == NO_ROUTE
    assert desk.account("omixa").held == 0
    assert desk.account("omixa").available == desk.account("omixa").deposited
    assert not desk.jobs
    assert desk.get(USAGE).body["data"] == []


def test_nothing_in_the_answer_tells_of_accounts() -> None:
    text = str(Desk(accounts=(False, False)).post(JOBS, LITE).body).lower()
    assert not any(word in text for word in ("account", "google", "vertex"))


@pytest.mark.parametrize(
    "more", [{}, {"balance": 0}, {"accounts": (False,)}, {"balance": 0, "accounts": (False,)}]
)
def test_a_key_for_other_models_is_refused_before_anything_is_held(more: dict[str, Any]) -> None:
    desk = Desk(allowed=frozenset({"sora"}), **more)
    answer = desk.post(JOBS, LITE)
    assert answer.status == 403
    assert answer.body["error"]["type"] == "permission_error"
    assert answer.body["error"]["code"] == "model_not_allowed"
    assert desk.posted(Kind.HOLD) == []
    assert not desk.jobs


def test_a_key_for_this_model_is_as_good_as_any() -> None:
    desk = Desk(allowed=frozenset({LITE["model"]}))
    assert created(desk) == created(Desk())


# What is wrong with a create, the world it is sent to, its key, and what is reported of it all.
FORBIDDEN = {"allowed": frozenset({"sora"}), "balance": 0, "accounts": (False,)}
POOR = {"balance": 0, "accounts": (False,)}
CUT_OFF = {"accounts": (False,)}
ORDER: tuple[tuple[dict[str, Any], dict[str, Any], str | None, int], ...] = (
    ({"sample_count": 9, "seconds": 5}, FORBIDDEN, None, 401),
    ({"sample_count": 9, "seconds": 5}, FORBIDDEN, "key", 422),
    ({"seconds": 5}, FORBIDDEN, "key", 403),
    ({"seconds": 5}, POOR, "key", 422),
    ({}, POOR, "key", 402),
    ({}, CUT_OFF, "key", 503),
    ({}, {}, "key", 200),
)


@pytest.mark.parametrize(("body", "world", "key", "status"), ORDER)
def test_a_create_is_checked_in_the_order_of_the_pipeline(
    body: dict[str, Any], world: dict[str, Any], key: str | None, status: int
) -> None:
    assert Desk(**world).post(JOBS, {**LITE, **body}, key=key).status == status


def test_a_key_for_other_models_is_told_so_and_not_what_else_is_wrong() -> None:
    answer = Desk(**FORBIDDEN).post(JOBS, {**LITE, "start_frame": "a lake"})
    assert answer.status == 403
