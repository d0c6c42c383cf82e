"""Whether a client asks on about a job whose end it was told, by a poll or at the submit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from contracts.findings import KEPT
from contracts.trial import SUBMITS, Trial
from tests.contracts.checks.playing import broken, judged, played

CLAUSE = "lifecycle.stops-when-done"
FAILS: dict[str, Any] = {"plans": [{"do": "fail", "queued": "5s", "running": "5s", "error": "No."}]}
PLAN = [{"queued": "12s", "running": "31s"}]
BARE = {**FAILS, "assumptions": {"omixa.failed-poll": "bare"}}


def answered(trial: Trial, **fields: Any) -> Trial:
    """The trial, had the submit's answer had these fields in its row."""
    found = []
    for one in trial.exchanges:
        if one.operation in SUBMITS:
            assert isinstance(one.response_body, bytes)
            page = orjson.loads(one.response_body)
            (page["generations"][0] if "generations" in page else page).update(fields)
            one = one._replace(response_body=orjson.dumps(page))
        found.append(one)
    return replace(trial, exchanges=tuple(found))


def test_a_create_that_told_the_end_is_no_reason_to_poll() -> None:
    trial = played("that_polls_once_more", "omixa", wait_seconds=100)
    (found,) = judged(CLAUSE, trial)
    said = "the answer to its submit said that the job had succeeded, and it was polled again"
    assert (found.seen, found.exchanges) == (said, (1, 2))


def test_whoever_reads_the_create_keeps_it() -> None:
    trial = played("that_reads_the_answer", "omixa", wait_seconds=100)
    assert judged(CLAUSE, trial) == [KEPT]


def test_a_create_that_told_a_failure_in_words_is_no_reason_to_poll() -> None:
    trial = played("that_polls_once_more", "omixa", FAILS, wait_seconds=100)
    (found,) = judged(CLAUSE, trial)
    assert "the answer to its submit said that the job had failed" in found.seen


@pytest.mark.parametrize("missing", ["link", "words"])
def test_what_the_submit_left_out_may_be_asked_for(missing: str) -> None:
    scenario = BARE if missing == "words" else None
    trial = played("that_polls_once_more", "omixa", scenario, wait_seconds=100)
    told = answered(trial, data=[]) if missing == "link" else trial
    assert judged(CLAUSE, told) == [KEPT]


def test_a_row_of_the_queue_may_tell_it_too() -> None:
    trial = played("that_polls_once_more", "oxen", {"plans": [{"queued": "1ms", "running": "1ms"}]})
    assert judged(CLAUSE, trial) == [KEPT]
    assert judged(CLAUSE, answered(trial, status="succeeded")) == [KEPT]
    (found,) = judged(CLAUSE, answered(trial, status="succeeded", result_url="https://a.test/b"))
    assert found.exchanges == (1, 2)


def test_a_download_is_an_excuse_for_the_poll_after_it_alone() -> None:
    trial = played("that_polls_before_it_fetches")
    (found,) = judged(CLAUSE, trial)
    assert found.seen == "a poll said that the job had succeeded, and it was polled again"
    assert [trial.exchanges[nth - 1].operation for nth in found.exchanges] == ["status"] * 2


@pytest.mark.parametrize("client", ["that_polls_for_another_link", "that_looks_at_the_head_first"])
def test_a_link_that_was_tried_may_be_asked_for_again(client: str) -> None:
    assert judged(CLAUSE, played(client)) == [KEPT]


def test_a_download_that_was_refused_a_connection_is_one_all_the_same() -> None:
    on = {"operation": "connect", "between": ["44s", "50s"]}
    down = {"plans": PLAN, "faults": [{"do": "refuse_connections", "on": on}]}
    trial = played("that_polls_for_another_link", scenario=down)
    assert [one.operation for one in trial.exchanges][-3:] == ["status", "status", "download"]
    assert judged(CLAUSE, trial) == [KEPT]


def test_words_that_the_history_tells_are_the_providers_too() -> None:
    polled = played("that_polls_once_more", "oxen", FAILS)
    found = []
    for one in polled.exchanges:
        if one.operation == "status":
            assert isinstance(one.response_body, bytes)
            page = {"generation": orjson.loads(one.response_body)}
            one = one._replace(operation="record", response_body=orjson.dumps(page))
        found.append(one)
    for trial in (polled, replace(polled, exchanges=tuple(found))):
        assert broken("lifecycle.failure-in-words", trial) == [
            "the provider said 'No.', and the client said 'it failed'"
        ]
