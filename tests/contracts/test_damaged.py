"""Whatever has happened to a file of trials, it gives trials, or is told to be damaged."""

from __future__ import annotations

import gzip
import json
import tempfile
from contextlib import suppress
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.saved import BadTrials, load
from contracts.trial import Trial
from tests.contracts.report.trials import trials
from tests.contracts.test_saved import HEAD, packed, save

ODDITIES = st.sampled_from(
    [None, True, -1, 0, 10**400, 0.5, float("nan"), "", "oxen", [], [[1]], {}, {"is": "Job"}]
)


@cache
def whole() -> bytes:
    """A file of trials that were played."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "trials.jsonl.gz")
        save(path, trials().values())
        return path.read_bytes()


@cache
def lines() -> list[Any]:
    return [json.loads(one) for one in gzip.decompress(whole()).splitlines()]


def loads_or_tells(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "trials.jsonl.gz")
        path.write_bytes(content)
        with suppress(BadTrials):
            assert all(isinstance(one, Trial) for one in load(path))


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_another_value_anywhere_is_a_trial_or_is_told(data: st.DataObject) -> None:
    found = deepcopy(lines())
    within, place = found, data.draw(st.integers(0, len(found) - 1))
    while isinstance(one := within[place], dict | list) and one and data.draw(st.booleans()):
        within = one
        place = data.draw(
            st.sampled_from(sorted(one) if isinstance(one, dict) else range(len(one)))
        )
    within[place] = data.draw(ODDITIES)
    loads_or_tells(gzip.compress("".join(json.dumps(one) + "\n" for one in found).encode(), 1))


@settings(deadline=None, max_examples=100)
@given(place=st.integers(0), byte=st.integers(0, 255), packed=st.booleans())
def test_another_byte_anywhere_is_a_trial_or_is_told(place: int, byte: int, packed: bool) -> None:
    content = bytearray(whole() if packed else gzip.decompress(whole()))
    content[place % len(content)] = byte
    loads_or_tells(bytes(content) if packed else gzip.compress(content, 1))


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("exchanges", 0, "frames"), [], "line 2 is no trial: Malformed"),
        (("exchanges", 0, "frames"), [1], "line 2 is no trial: Malformed"),
        (("exchanges", 0, "status"), "200", "line 2 is no trial: Malformed: '200' is not int"),
        (("exchanges", 0, "request_headers", 0), ["x"], "line 2 is no trial: ValueError"),
        (
            ("case", "provider"),
            "acme",
            "line 2 is no trial: Malformed: there is no provider 'acme'",
        ),
        (("case", "deadline_s"), float("nan"), "line 2 is no trial: Malformed: NaN is no number"),
        (("intent", "deadline_s"), 10**400, "line 2 is no trial: Malformed"),
    ],
)
def test_a_damaged_value_is_told_with_its_line(
    place: tuple[Any, ...], value: Any, said: str, tmp_path: Path
) -> None:
    head, line, *_ = deepcopy(lines())
    within = line
    for step in place[:-1]:
        within = within[step]
    within[place[-1]] = value
    with pytest.raises(BadTrials, match=said):
        list(load(packed(tmp_path / "trials.jsonl.gz", head, line)))


def test_a_line_that_is_too_deep_is_told(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl.gz"
    for text, said in ((json.dumps(HEAD) + "\n", "line 2 is no trial"), ("", "holds no trials")):
        path.write_bytes(gzip.compress((text + "[" * 200_000).encode()))
        with pytest.raises(BadTrials, match=said):
            list(load(path))
