from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.commands import Command
from emulator.core.scenario import KeyRule, Scenario
from emulator.core.snapshot import replay, take
from emulator.log import codec
from emulator.log.rows import BadLog
from tests.core.strategies import (
    NAME,
    PACES,
    SCENARIOS,
    Script,
    calm,
    commands,
    ids,
    scripts,
    whole,
)

INSTANTS = st.integers(0, 2**53)
RULES = st.builds(KeyRule, models=st.none() | st.frozensets(st.text(max_size=3), max_size=2))
TURNS = st.lists(st.tuples(INSTANTS, INSTANTS, st.floats(0, 1e6)), max_size=4).map(tuple)


@calm
@given(command=commands(ids(Scenario())), machine=INSTANTS)
def test_a_command_comes_back_as_it_was(command: Command, machine: int) -> None:
    assert codec.command(codec.line(codec.told(command), machine)) == (command, machine)


@calm
@given(scenario=SCENARIOS, rule=RULES, machine=INSTANTS)
def test_a_beginning_comes_back_as_it_was(scenario: Scenario, rule: KeyRule, machine: int) -> None:
    made = codec.Made(owner="k1", scenario=scenario, rule=rule, machine=machine)
    assert codec.read(codec.Made, codec.written(made)) == made


@whole
@given(script=scripts(), pace=PACES, turns=TURNS, piece=st.sampled_from([1, 2, 500]))
def test_a_snapshot_comes_back_as_it_was(
    script: Script, pace: codec.Pace, turns: tuple[tuple[int, int, float], ...], piece: int
) -> None:
    state = take(replay(NAME, script.scenario, script.log))
    there = codec.Whole(state=state, pace=pace, turns=turns)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codec, "PIECE", piece)
        assert codec.whole(codec.snapshot(there)) == there


def test_what_is_no_command_is_told() -> None:
    for data in (b"", b"{}", b'{"named":"Nonsense","command":{},"machine":1}', b"\xff"):
        with pytest.raises(BadLog, match="the log has"):
            codec.command(data)
    with pytest.raises(BadLog, match="which is not a Whole"):
        codec.whole(b"{}")
