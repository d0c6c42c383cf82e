"""Every named scenario is played over HTTP, and does to clients what its first comment says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

import pytest

from emulator import Emulator, load_scenario, written
from emulator.scenarios.named import SHELVES, find, names
from tests.scenarios.stories import chaos, lifecycle, limits, lost, results, streams
from tests.scenarios.stories.playing import Play

Story: TypeAlias = Callable[[Play], None]

STORIES: Mapping[str, Story] = {
    "429-storm": limits.storm_of_429,
    "accept-then-reset": lost.before_a_request,
    "balance-runs-out-mid-batch": results.runs_out_mid_batch,
    "brown-out": lifecycle.brown_out,
    "cancel-comes-too-late": lifecycle.cancel_comes_too_late,
    "chaos-mild": chaos.mild,
    "chaos-rough": chaos.rough,
    "concurrency-cap": limits.concurrency_cap,
    "download-short-and-corrupt": results.short_and_corrupt,
    "duplicate-and-foreign-events": streams.duplicate_and_foreign,
    "event-before-enqueue-answer": streams.before_enqueue_answer,
    "event-never-told": streams.never_told,
    "failover-unseen": lifecycle.failover_unseen,
    "half-an-answer": lost.half,
    "lost-answer-502": lost.bad_gateway,
    "lost-answer-then-retry": lost.then_retry,
    "lost-answer-timeout": lost.timeout,
    "new-fields-and-nulls": lifecycle.new_fields_and_nulls,
    "no-account-left": lifecycle.no_account_left,
    "not-found-at-first": lifecycle.not_found_at_first,
    "one-byte-chunks": streams.one_byte_chunks,
    "out-of-credit-at-run-time": results.out_of_credit,
    "partial-filtering": lifecycle.partial_filtering,
    "provider-cancels": lifecycle.provider_cancels,
    "queue-under-load": limits.queue_under_load,
    "rate-window": limits.rate_window,
    "reconnect-loop": streams.reconnect_loop,
    "result-link-expired": results.link_expired,
    "result-on-another-origin": results.another_origin,
    "retry-after-absurd": limits.retry_after_absurd,
    "retry-with-a-key": lost.with_a_key,
    "slow-drip": results.slow_drip,
    "stale-read-goes-backwards": lifecycle.stale_read_goes_backwards,
    "status-fails-when-terminal": lifecycle.status_fails_when_terminal,
    "stream-cut-in-terminal-event": streams.cut_in_terminal_event,
    "stream-silence": streams.silence,
    "stuck-for-weeks": lifecycle.stuck_for_weeks,
    "unknown-status-word": lifecycle.unknown_status_word,
}


@pytest.fixture
def play(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[Play]:
    name = request.param
    playing = Play(emulator.url, name, written(load_scenario(name)))
    yield playing
    playing.close()


@pytest.mark.parametrize(("play", "story"), STORIES.items(), indirect=["play"], ids=STORIES)
def test_what_the_comment_says_is_what_happens(play: Play, story: Story) -> None:
    story(play)
    assert play.idle() == set()


@pytest.mark.parametrize(("name", "story"), STORIES.items(), ids=STORIES)
def test_without_its_scenario_a_story_fails(name: str, story: Story, emulator: Emulator) -> None:
    play = Play(emulator.url, f"not-{name}", {})
    try:
        with pytest.raises((AssertionError, pytest.fail.Exception, LookupError)):
            story(play)
    finally:
        play.close()


def test_every_scenario_has_a_story_and_every_story_a_scenario() -> None:
    assert sorted(STORIES) == sorted(names())
    assert sorted(path.stem for path in SHELVES[1].iterdir()) == sorted(names())


@pytest.mark.parametrize("name", STORIES)
def test_a_file_says_what_happens_and_then_how_it_comes_about(name: str) -> None:
    lines = find(name).read_text().splitlines()
    prose = [line for line in lines if line.startswith("#")]
    assert lines[: len(prose)] == prose, "the prose comes first"
    assert 3 <= len(prose) <= 6
    assert prose[0].endswith(".")
    assert prose[0].count(". ") == 0, "one sentence, which `scenario list` prints"
    assert max(map(len, lines)) <= 100
