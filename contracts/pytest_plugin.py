"""The pytest plugin: `understudy`, one emulator for the test session, and `oxen` and `omixa`, a
fresh world for each test.

It is loaded in every run of pytest that finds it installed, so nothing heavy is imported before a
fixture is asked for.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from contracts.worlds import Plane, Unwilling, World

if TYPE_CHECKING:
    from emulator import Emulator

WORLDS = pytest.StashKey[list[World]]()


class Understudy:
    """The emulator of a test session. `url` is where it listens."""

    def __init__(self, emulator: Emulator) -> None:
        self.url: str = emulator.url
        self._plane = Plane(emulator.url)

    def world(
        self,
        provider: str,
        api_key: str,
        scenario: Mapping[str, Any] | str = {},
        *,
        listener: bool = False,
    ) -> World:
        """A fresh world for this key, in place of the one that it had."""
        world = World(self._plane, provider, api_key)
        world.scenario(scenario, listener=listener)
        return world


@pytest.fixture(scope="session")
def understudy() -> Iterator[Understudy]:
    """One emulator for the session, on a free port of the loopback address; under pytest-xdist one
    for each worker. Its worlds are on the `auto` clock."""
    from emulator import Emulator, Mode, Pace, Scenario

    with Emulator(Scenario(pace=Pace(Mode.AUTO))) as emulator:
        yield Understudy(emulator)


@pytest.fixture
def oxen(request: pytest.FixtureRequest, understudy: Understudy) -> Iterator[World]:
    """The Oxen hub in a world of this test's own; its exchanges are printed when the test fails."""
    yield from _world(request, understudy, "oxen")


@pytest.fixture
def omixa(request: pytest.FixtureRequest, understudy: Understudy) -> Iterator[World]:
    """Omixa in a world of this test's own; its exchanges are printed when the test fails."""
    yield from _world(request, understudy, "omixa")


def _world(
    request: pytest.FixtureRequest, understudy: Understudy, provider: str
) -> Iterator[World]:
    node = request.node
    key = f"{provider}-{sha256(node.nodeid.encode()).hexdigest()[:16]}"
    scenario, listener = _marked(node)
    try:
        world = understudy.world(provider, key, scenario, listener=listener)
    except Unwilling as error:
        said = str(error)
    else:
        said = ""
    if said:
        pytest.fail(f"the scenario of this test: {said}", pytrace=False)
    node.stash.setdefault(WORLDS, []).append(world)
    yield world
    world.drop()


def _marked(node: pytest.Item) -> tuple[Mapping[str, Any] | str, bool]:
    """The scenario that a test's marker says, by name, path or fields, and whether it wants a
    listener."""
    mark = node.get_closest_marker("understudy")
    if mark is None:
        return {}, False
    fields = {name: one for name, one in mark.kwargs.items() if name != "listener"}
    if len(mark.args) > 1 or (mark.args and fields):
        pytest.fail(
            "@pytest.mark.understudy takes one scenario, or a scenario's fields by their names",
            pytrace=False,
        )
    scenario: Mapping[str, Any] | str = mark.args[0] if mark.args else fields
    return scenario, bool(mark.kwargs.get("listener", False))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the exchanges of a failed test's worlds to its report."""
    report = yield
    if report.failed and report.when == "call":
        for world in item.stash.get(WORLDS, []):
            try:
                said = world.told()
            except (OSError, RuntimeError) as error:
                said = f"the emulator does not say: {error}"
            report.sections.append((f"exchanges with {world.provider}", said))
    return report


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers",
        "understudy(scenario, listener=False, **fields): the scenario of this test's worlds, a"
        " name, a path or fields; with a listener they have ports of their own.",
    )
