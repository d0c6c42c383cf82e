"""The pytest plugin: `understudy`, one emulator for the test session, `oxen` and `omixa`, a fresh
world for each test, and `grade`, which makes tests of a grading.

It is loaded in every run of pytest that finds it installed, so nothing heavy is imported before a
fixture or a grading is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from contracts.worlds import Plane, Unwilling, World

if TYPE_CHECKING:
    from contracts.pytest_grade import Grading
    from contracts.search import Profile
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


def grade(
    client: Callable[..., Any] | str | Sequence[str],
    profile: str | Profile = "gate",
    *,
    provider: str,
    capabilities: str | Path | Iterable[str] | None = None,
    baseline: str | Path | None = None,
    out: str | Path | None = None,
    worker: bool = False,
    unchanged: bool = False,
    sandbox: bool = False,
    pattern: str | None = None,
    **search: Any,
) -> Callable[..., None]:
    """Tests of a client: `test_my_client = grade(make_video, provider="oxen")` is one for each
    theme of the contract. The first that runs grades the client, and the others tell of the same
    grading, in pytest-xdist's workers too.

    `client` is a function of a module, its name (`"package.module:callable"`), or a program as the
    list of its arguments, which may be a `worker`, or have its result found by a `pattern`; an
    `unchanged` one comes by a proxy, or is in a `sandbox`, and calls the providers' own hosts.
    `capabilities` are what it can do, or the file that says so; `baseline` is a file of findings
    that are known, `out` the folder for the smallest cases. What else there is to a search has its
    own name: `seed`, `minutes`, `examples`, `only`, `clauses`, `deadline_s`.

    A test fails with each clause that was broken: what was seen, the smallest case, and how to play
    it again. It is skipped where no clause came up, and an error if the client cannot be played or
    the emulator itself is at fault. TypeError for a client that no other process can find,
    ValueError for a provider, a clause or a capability that there is not.
    """
    from contracts.pytest_grade import Grading, order

    made = order(
        client,
        profile,
        provider=provider,
        search=search,
        capabilities=capabilities,
        baseline=baseline,
        out=out,
        worker=worker,
        unchanged=unchanged,
        sandbox=sandbox,
        pattern=pattern,
    )

    @pytest.mark.parametrize("theme", made.themes)
    @pytest.mark.xdist_group(f"understudy {provider} {made.client.title}")
    def test(theme: str, understudy_grading: Grading) -> None:
        if wrong := understudy_grading.tell(theme):
            pytest.fail(wrong, pytrace=False)

    test.__doc__ = f"What {made.client.title} makes of the contract of {provider}."
    test.grading = Grading(made)  # type: ignore[attr-defined]
    return test


@pytest.fixture
def understudy_grading(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Grading:
    """The grading that a test of `grade` tells of."""
    from contracts.pytest_grade import Unplayed

    grading: Grading = request.function.grading
    shared = None
    if hasattr(request.config, "workerinput"):
        name = sha256(request.node.nodeid.partition("[")[0].encode()).hexdigest()[:16]
        shared = tmp_path_factory.getbasetemp().parent / f"understudy-{name}"
    try:
        grading.make(lambda: tmp_path_factory.mktemp("understudy", numbered=True), shared)
    except Unplayed as error:
        said = str(error)
    else:
        return grading
    pytest.fail(said, pytrace=False)


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
    """Make the markers known."""
    if not config.pluginmanager.hasplugin("xdist"):
        config.addinivalue_line("markers", "xdist_group(name): tests that one worker runs.")
    config.addinivalue_line(
        "markers",
        "understudy(scenario, listener=False, **fields): the scenario of this test's worlds, a"
        " name, a path or fields; with a listener they have ports of their own.",
    )
