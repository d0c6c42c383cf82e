from __future__ import annotations

import re

import pytest

from emulator.core.clock import HOUR
from tests.providers.desk import Desk, created, enqueued, polled


def test_a_link_is_stable_for_its_operation() -> None:
    desk = Desk()
    operation = created(desk)["operation"]
    first = polled(desk.after(40), operation)
    enqueued(desk.after(3600))
    assert polled(desk.after(3600), operation) == first


def test_a_link_works_for_a_day_after_the_end() -> None:
    desk = Desk()
    operation = created(desk)["operation"]
    url = polled(desk.after(40), operation)["data"][0]["url"]
    ended = desk.clock
    assert desk.until(ended + 24 * HOUR - 1).get(url, key=None).status == 200
    assert desk.until(ended + 24 * HOUR).get(url, key=None).status == 403


@pytest.mark.parametrize("act", ["other sample", "other job", "other expiry", "none", "cut"])
def test_a_link_that_was_tampered_with_is_refused(act: str) -> None:
    desk = Desk()
    operation = created(desk, sample_count=2)["operation"]
    first, second = (one["url"] for one in polled(desk.after(40), operation)["data"])
    tampered = {
        "other sample": first.partition("?")[0] + "?" + second.partition("?")[2],
        "other job": first.replace(desk.jobs[0].id, desk.jobs[0].id[::-1]),
        "other expiry": re.sub(r"\.(\d+)\.", lambda m: f".{int(m[1]) + 1}.", first),
        "none": first.partition("?")[0],
        "cut": first[:-1],
    }[act]
    answer = desk.get(tampered, key=None)
    assert answer.status == 403
    assert answer.body["error"].keys() == {"message", "type", "code"}


def test_another_worlds_link_is_worth_nothing_here() -> None:
    here, there = Desk("here"), Desk("there")
    url = polled(there, created(there, wait_seconds=60)["operation"])["data"][0]["url"]
    assert there.get(url).status == 200
    assert here.get(url.replace("=there.", "=here.")).status == 403
