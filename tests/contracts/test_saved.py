"""Trials come back from a file as they were, and a file that is none says so."""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.cases import Case, Kill, When
from contracts.intents import End, Intent, Outcome
from contracts.saved import VERSION, BadTrials, load, saving
from contracts.trial import Flaw, Ill, Trial, Trouble
from emulator.core.ledger import Account
from emulator.server.recorder import Exchange, Kept
from tests.contracts.report.trials import trials
from tests.core.strategies import jobs
from tests.scenarios.strategies import JSON, SCENARIOS

TEXTS = st.text(max_size=8)
ODD = st.text(st.characters(exclude_categories=()), max_size=8)
COUNTS = st.integers(0, 10**15)
BODIES = st.dictionaries(TEXTS, JSON, max_size=3)
HEADERS = st.lists(st.tuples(st.binary(max_size=6), st.binary(max_size=6)), max_size=3)
CONTENTS = st.binary(max_size=20) | st.builds(Kept, TEXTS, COUNTS)
SECONDS = st.floats(0, 10**6)

EXCHANGES = st.builds(
    Exchange,
    number=COUNTS,
    began=COUNTS,
    ended=COUNTS,
    provider=TEXTS,
    operation=TEXTS,
    key=TEXTS,
    method=TEXTS,
    target=ODD,
    request_headers=HEADERS,
    request_body=CONTENTS,
    status=st.integers(100, 599),
    response_headers=HEADERS,
    response_body=CONTENTS,
    frames=st.none() | st.tuples(COUNTS, COUNTS),
    fault=TEXTS,
    family=TEXTS,
    state=TEXTS,
)

TRIALS = st.builds(
    Trial,
    case=st.builds(
        Case,
        provider=st.sampled_from(["oxen", "omixa"]),
        name=TEXTS,
        scenario=SCENARIOS,
        body=BODIES,
        deadline_s=SECONDS,
        kill=st.none() | st.builds(Kill, when=st.sampled_from(When), call=st.integers(1, 99)),
    ),
    intent=st.builds(
        Intent, provider=TEXTS, body=BODIES, base_url=TEXTS, api_key=TEXTS, deadline_s=SECONDS
    ),
    outcome=st.builds(
        Outcome,
        outcome=st.sampled_from(End),
        urls=st.lists(ODD, max_size=2).map(tuple),
        job=st.none() | ODD,
        reason=ODD,
        error=ODD,
    ),
    began=COUNTS,
    ended=COUNTS,
    settled=COUNTS,
    exchanges=st.lists(EXCHANGES, max_size=3).map(tuple),
    flaws=st.lists(st.builds(Flaw, COUNTS, st.booleans(), ODD), max_size=2).map(tuple),
    jobs=st.lists(jobs(), max_size=2).map(tuple),
    account=st.builds(Account, deposited=COUNTS, available=COUNTS, held=COUNTS, captured=COUNTS),
    struck=st.dictionaries(TEXTS, COUNTS, max_size=2),
    asked=st.lists(st.tuples(TEXTS, COUNTS), max_size=2).map(tuple),
    trouble=st.none() | st.builds(Trouble, st.sampled_from(Ill), ODD),
    killed=st.none() | COUNTS,
    virtual=st.booleans(),
)


def save(path: Path, trials: Iterable[Trial]) -> None:
    with saving(path) as note:
        for one in trials:
            note(one)


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.lists(TRIALS, max_size=2))
def test_whatever_is_saved_is_loaded_equal(saved: list[Trial]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "trials.jsonl.gz")
        save(path, saved)
        assert list(load(path)) == saved


def test_trials_that_were_played_are_loaded_equal_and_saved_to_the_same_bytes(
    tmp_path: Path,
) -> None:
    first, second = tmp_path / "one.jsonl.gz", tmp_path / "two.jsonl.gz"
    save(first, trials().values())
    found = list(load(first))
    assert found == list(trials().values())
    assert [one.wasted for one in found] == [one.wasted for one in trials().values()]
    save(second, found)
    assert first.read_bytes() == second.read_bytes()


def test_a_file_is_lines_of_json_that_other_tools_read(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl.gz"
    save(path, trials().values())
    head, *lines = lines_of(path)
    assert head == {"understudy": "trials", "version": VERSION}
    assert len(lines) == len(trials())
    assert lines[0]["exchanges"][0]["request_body"].startswith('{"model"')


def lines_of(path: Path) -> list[Any]:
    return [json.loads(one) for one in gzip.decompress(path.read_bytes()).splitlines()]


def packed(path: Path, *lines: Any) -> Path:
    path.write_bytes(gzip.compress("".join(json.dumps(one) + "\n" for one in lines).encode()))
    return path


HEAD = {"understudy": "trials", "version": VERSION}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((), "it holds no trials"),
        (({"some": "thing"},), "it holds no trials"),
        (({**HEAD, "version": 99},), "of version 99, and only those of version"),
        ((HEAD, {"case": {}}), "line 2 is no trial: Malformed: account, "),
        ((HEAD, 7), "line 2 is no trial"),
    ],
)
def test_a_file_of_something_else_says_what_it_is(
    lines: tuple[Any, ...], said: str, tmp_path: Path
) -> None:
    with pytest.raises(BadTrials, match=said):
        list(load(packed(tmp_path / "trials.jsonl.gz", *lines)))


def test_a_trial_of_another_shape_is_not_guessed_at(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl.gz"
    save(path, trials().values())
    head, line, *_ = lines_of(path)
    for change, said in (
        ({"began": "soon"}, "'soon' is not int"),
        ({"exchanges": [{"number": 1}]}, "KeyError"),
        (
            {"case": {**line["case"], "scenario": {"faults": ["lse"]}}},
            "BadScenario: .*did you mean",
        ),
    ):
        with pytest.raises(BadTrials, match=said):
            list(load(packed(path, head, {**line, **change})))


@pytest.mark.parametrize("nth", range(8))
def test_who_is_interrupted_while_saving_leaves_a_whole_file(nth: int, tmp_path: Path) -> None:
    path, steps = tmp_path / "trials.jsonl.gz", count()

    def interrupt(frame: Any, event: str, call: Any) -> None:
        names = ("compress", "crc32", "write", "writelines")
        if event == "c_return" and call.__name__ in names and next(steps) == nth:
            raise KeyboardInterrupt

    with suppress(KeyboardInterrupt), saving(path) as note:
        note(next(iter(trials().values())))
        sys.setprofile(interrupt)
        try:
            for one in trials().values():
                note(one)
        finally:
            sys.setprofile(None)
    assert 1 <= len(list(load(path))) <= 1 + len(trials())


def test_a_damaged_file_is_told_wherever_it_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl.gz"
    save(path, trials().values())
    whole = path.read_bytes()
    for damaged in (whole[:-3], whole[: len(whole) // 2], b"not gzip at all", b""):
        path.write_bytes(damaged)
        with pytest.raises(BadTrials, match=r"damaged|holds no trials"):
            list(load(path))
    for place in range(10, len(whole), len(whole) // 40):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        with pytest.raises(BadTrials):
            list(load(path))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadTrials, match="cannot be read: No such file"):
        list(load(tmp_path / "nowhere.gz"))
    with pytest.raises(BadTrials, match="cannot be read: Is a directory"):
        list(load(tmp_path))


def test_nothing_saved_is_nothing_loaded(tmp_path: Path) -> None:
    save(tmp_path / "none.gz", [])
    assert list(load(tmp_path / "none.gz")) == []


def test_trials_are_loaded_one_by_one(tmp_path: Path) -> None:
    trial = next(iter(trials().values()))
    save(tmp_path / "many.gz", (replace(trial, killed=nth) for nth in range(50)))
    found = load(tmp_path / "many.gz")
    assert [next(found).killed for _ in range(3)] == [0, 1, 2]
