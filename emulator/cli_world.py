"""The options that say what a world is like, on every command that makes one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import click

from emulator.core.clock import Mode, Pace
from emulator.core.money import amount
from emulator.core.scenario import Scenario, View
from emulator.scenarios import BadScenario, find, load

T = TypeVar("T")


class BadUse(click.ClickException):
    """What was asked for cannot be done; the message says why and what to do instead."""


def of_a_world(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a command."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


OPTIONS = (
    click.option(
        "--clock",
        type=click.Choice([mode.value for mode in Mode]),
        show_default="real",
        help="How a world's time passes: with the machine's, by hand, or jumping when all wait.",
    ),
    click.option(
        "--speed", type=float, show_default="20", help="World seconds in one of the machine's."
    ),
    click.option(
        "--seed", type=click.IntRange(0), show_default="0", help="What every draw comes from."
    ),
    click.option("--balance", show_default="25.00", help="Dollars in each account."),
    click.option("--scenario", help="A scenario file or its name; flags win over it."),
)


def scenario_of(given: dict[str, Any]) -> Scenario:
    """The scenario that is served: the file's, with the flags that were given on top."""
    base = Scenario(view=View.MACHINE)
    try:
        named = given["scenario"]
        chosen = load(find(named), base) if named is not None else base
    except BadScenario as error:
        raise BadUse(str(error)) from None
    mode = chosen.pace.mode if given["clock"] is None else Mode(given["clock"])
    return replace(
        chosen,
        pace=_flag(
            "--speed",
            given["speed"],
            Pace(mode, chosen.pace.speed),
            lambda speed: Pace(mode, speed),
        ),
        balance=_flag("--balance", given["balance"], chosen.balance, amount),
        seed=chosen.seed if given["seed"] is None else given["seed"],
        keep=chosen.keep if given.get("keep") is None else given["keep"],
    )


def _flag(name: str, given: Any, default: T, read: Callable[[Any], T]) -> T:
    """What a flag means; BadUse names it if that is nothing."""
    try:
        return default if given is None else read(given)
    except ValueError as error:
        raise BadUse(f"{name}: {error}") from None
