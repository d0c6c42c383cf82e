"""What a log keeps of a world, and the world that it makes again. It knows no store."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from emulator.core.clock import Instant, Pace
from emulator.core.commands import Tick, Wind
from emulator.core.snapshot import restore, take
from emulator.core.world import World
from emulator.log import codec
from emulator.log.rows import BadLog, Past
from emulator.server.clock import REMEMBERED, rate
from emulator.server.live import DUE, Live
from emulator.server.recorder import keyless


class Found(NamedTuple):
    """A world as the log has it: whose it is, its state, how its clock ran, and how many lines
    follow its last snapshot."""

    made: codec.Made
    world: World
    pace: Pace
    turns: list[tuple[Instant, Instant, float]]
    lines: int


def made(live: Live) -> codec.Made:
    """A world's beginning, with no key in it."""
    scenario = live.world.scenario
    return codec.Made(
        owner=live.owner, scenario=keyless(scenario), rule=live.rule, machine=live.began
    )


def whole(live: Live) -> codec.Whole:
    """A world as it stands, with no key in it; later commands do not change that."""
    state = take(live.world)
    return codec.Whole(
        state=replace(state, scenario=keyless(state.scenario)),
        pace=live.clock.pace,
        turns=live.clock.turns,
    )


def replayed(past: Past) -> Found:
    """The world that this past makes. BadLog if it cannot be read."""
    begun = codec.read(codec.Made, past.made.data)
    if past.kept is None:
        world, pace = World(past.made.world, begun.scenario), begun.scenario.pace
        turns = [(begun.scenario.start, begun.machine, rate(pace))]
    else:
        whole = codec.whole(past.kept.data)
        world, pace, turns = restore(whole.state), whole.pace, list(whole.turns)
    lines = 0
    for row in past.rows:
        lines += 1
        command, machine = codec.command(row.data)
        try:
            world.apply(row.at, command)
        except ValueError as error:
            raise BadLog(f"line {row.position} of the log cannot be applied: {error}") from None
        if isinstance(command, Wind):
            pace = Pace(command.mode, command.speed)
            turns.append((row.at, machine, rate(pace)))
        elif isinstance(command, Tick) and command.why != DUE:
            turns.append((row.at, machine, rate(pace)))
        if len(turns) > 2 * REMEMBERED:
            del turns[:REMEMBERED]
    return Found(begun, world, pace, turns, lines)
