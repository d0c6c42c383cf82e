"""The vendors' samples, graded as they stand, are told what is wrong with them, and no more."""

from __future__ import annotations

import pytest

from contracts.attach import attach
from contracts.search import Profile, search
from tests.clients.samples import understood

FEW = (
    "ending/*",
    "single/*/1/*/refuse()",
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "own", "breaks", "keeps"),
    [
        (
            "oxen_polling",
            "always/status/refuse(503)",
            {"lifecycle.ends-in-time", "lifecycle.says-something"},
            {"money.one-job-per-intent", "lifecycle.no-invented-success", "manners.poll-interval"},
        ),
        (
            "oxen_events",
            "single/events/1/no_space*",
            {"streams.listens-first", "streams.every-framing"},
            {"money.one-job-per-intent", "streams.failure-event"},
        ),
    ],
)
def test_a_sample_is_told_the_truth(name: str, own: str, breaks: set[str], keeps: set[str]) -> None:
    with attach(f"tests.clients.samples:{name}", places=1) as troupe:
        found = search(troupe, "oxen", Profile(examples=0, only=(*FEW, own)))
    assert breaks <= found.broken.keys()
    assert not keeps & found.broken.keys()
    assert keeps <= found.kept.keys()


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("Result: http://host/a.mp4\n", {"outcome": "succeeded", "urls": ["http://host/a.mp4"]}),
        ("Generation failed: Blocked.\n", {"outcome": "failed", "reason": "Blocked."}),
        (
            '{"generation_id": "7", "url": "http://host/a.mp4"}',
            {"outcome": "succeeded", "urls": ["http://host/a.mp4"], "job": "7"},
        ),
        ("", {"outcome": "gave_up", "error": "it printed nothing", "job": None}),
    ],
)
def test_what_a_sample_prints_is_understood(text: str, outcome: dict[str, object]) -> None:
    assert understood(text) == outcome
