"""Each assumption that can be switched changes what a client sees, as its row in a table says."""

from __future__ import annotations

from functools import partial

import pytest

from emulator.core.assumptions import Assumption, UnknownAssumption, settle
from emulator.providers.registry import assume, assumptions, providers
from tests.providers.choices import Row
from tests.providers.desk import Desk
from tests.providers.omixa.choices import ROWS as OMIXA
from tests.providers.oxen.choices import ROWS as OXEN

ROWS: dict[str, Row] = {**OXEN, **OMIXA}
SWITCHES = {one.id: one for one in assumptions() if one.alternatives}
EVIDENCE = {"DOC", "SPEC", "CLIENT", "CONTRA", "UNK", "INF", "SEED", "UP", "OBS"}
CASES = [(id, choice) for id, row in ROWS.items() for choice in row.says]


@pytest.mark.parametrize(("id", "choice"), CASES)
def test_a_choice_changes_what_its_row_says(id: str, choice: str) -> None:
    row = ROWS[id]
    assert row.show(partial(Desk, assume={id: choice})) == row.says[choice]


@pytest.mark.parametrize("id", ROWS)
def test_the_default_is_what_is_done_when_nothing_is_assumed(id: str) -> None:
    row = ROWS[id]
    assert row.show(Desk) == row.says[SWITCHES[id].default]


@pytest.mark.parametrize("id", ROWS)
def test_every_two_choices_differ_in_what_is_shown(id: str) -> None:
    shown = list(ROWS[id].says.values())
    assert all(one != other for nth, one in enumerate(shown) for other in shown[:nth])


@pytest.mark.parametrize("id", SWITCHES)
def test_every_assumption_with_alternatives_has_a_row_for_each_choice(id: str) -> None:
    assert id in ROWS, f"{id} has no row in tests/providers/*/choices.py"
    assert tuple(ROWS[id].says) == SWITCHES[id].choices


def test_no_row_is_about_something_that_is_not_assumed() -> None:
    assert ROWS.keys() == SWITCHES.keys()


@pytest.mark.parametrize("one", assumptions(), ids=lambda one: one.id)
def test_an_assumption_says_what_it_is_about_and_where_it_comes_from(one: Assumption) -> None:
    assert one.id.partition(".")[0] in providers()
    assert one.text.endswith(".")
    assert one.source
    assert one.evidence in EVIDENCE
    assert len(set(one.choices)) == len(one.choices)


@pytest.mark.parametrize(
    "chosen", [{"oxen.nonsense": "x"}, {"oxen.nulls": "nonsense"}, {"nulls": "absent"}, {"": ""}]
)
def test_what_nobody_assumes_cannot_be_chosen(chosen: dict[str, str]) -> None:
    with pytest.raises(UnknownAssumption):
        settle(assumptions(), chosen)


def test_a_provider_sees_its_own_assumptions_only() -> None:
    chosen = {"oxen.nulls": "absent", "omixa.poll-after": "30"}
    settled = {name: assume(one, chosen) for name, one in providers().items()}
    assert settled["oxen"]["nulls"] == "absent"
    assert settled["omixa"]["poll-after"] == "30"
    assert "poll-after" not in settled["oxen"]
