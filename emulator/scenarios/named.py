"""Named scenarios: files that come with the package, or stand in the checkout's fixtures."""

from __future__ import annotations

from pathlib import Path

from emulator.core.bad import listing, shown
from emulator.core.scenario import Scenario
from emulator.scenarios.read import BadScenario, load

HOME = Path(__file__).parents[1]
SHELVES = (HOME / "_fixtures" / "scenarios", HOME.parent / "fixtures" / "scenarios")
"""Where they are looked for, first in the package."""


def find(name: str | Path) -> Path:
    """The file that is meant: one that exists, else the scenario of that name; or BadScenario."""
    path, known = Path(name), _shelved()
    try:
        if not str(name):
            raise ValueError("it is empty")
        if path.is_file():
            return path
        if str(name) in known:
            return known[str(name)]
        if path.exists() or len(path.parts) != 1 or path.suffix:
            return path
    except (OSError, ValueError) as error:
        raise BadScenario(f"{shown(str(name))} is no name of a file: {error}") from None
    there = f"there is {listing(known, '', name)}" if known else "there are no named ones"
    raise BadScenario(f"there is no file and no scenario {shown(str(name))}; {there}")


def load_scenario(name: str | Path, base: Scenario = Scenario()) -> Scenario:
    """The scenario in a file, or of a name; what it leaves out is `base`'s.

    Raises BadScenario, with file and line, when there is none or it is wrong.
    """
    return load(find(name), base)


def names() -> list[str]:
    """The names of all scenarios, in order."""
    return list(_shelved())


def about(path: Path) -> str:
    """The first comment of a scenario file; empty if it begins with something else."""
    with path.open(encoding="utf-8", errors="replace") as file:
        first = file.readline()
    return first[1:].strip() if first.startswith("#") else ""


def _shelved() -> dict[str, Path]:
    found = {
        file.stem: file for shelf in reversed(SHELVES) for file in sorted(shelf.glob("*.yaml"))
    }
    return dict(sorted(found.items()))
