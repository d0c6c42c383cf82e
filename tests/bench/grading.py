"""How fast clients are graded: full trials a second of a trivial client, and how long it takes to
make a case of five faults as small as the one that matters. Printed, not judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from statistics import median
from time import perf_counter

from contracts.attach import attach
from contracts.cases import Case, sample
from contracts.grade import Break, Grade
from contracts.ground import TIMED, plain
from contracts.shrink import shrink
from contracts.troupe import Troupe
from emulator import read_scenario

ROUNDS, TRIALS = 5, 400
CLIENT = "tests.bench.trivial:order"

FIVE = [
    {"do": "extra", "on": {"operation": "status", "nth": 1}},
    {"do": {"huge": {"size": 2000}}, "on": {"operation": "status", "nth": 2}},
    {"do": "lose", "on": {"operation": "enqueue", "nth": 1}},
    {"do": "stale", "on": {"operation": "status", "nth": 3}},
    {"do": "extra", "on": {"operation": "status", "nth": 4}},
]
"""Five faults, of which only the third does this client any harm."""


def trials(places: int | None) -> float:
    """Trials a second: each is judged too."""
    case = plain("oxen")
    with attach(CLIENT, places=places) as troupe:
        list(troupe.play_all([case] * 20))
        rates = []
        for _ in range(ROUNDS):
            grade = Grade(provider="oxen", subject=CLIENT)
            began = perf_counter()
            for trial in troupe.play_all([case] * TRIALS):
                grade.add(trial)
            rates.append(TRIALS / (perf_counter() - began))
    return median(rates)


def smallest(troupe: Troupe, case: Case, clause: str) -> Break:
    """The smallest case that still breaks the clause."""

    def attempt(cases: Iterable[Case]) -> Iterator[Break | None]:
        for trial in troupe.play_all(cases):
            grade = Grade(provider="oxen", subject=CLIENT)
            grade.add(trial)
            yield grade.broken.get(clause)

    found = next(attempt([case]))
    assert found is not None, f"the case does not break {clause}"
    return shrink(found, plain("oxen"), attempt, worth=bool)


def main() -> None:
    """Measure, and print."""
    for places in (1, None):
        shown = "one process" if places else "a process for each processor"
        print(f"{trials(places):6.0f} trials a second in {shown}")
    scenario = replace(read_scenario({"faults": FIVE}), plans=(TIMED,))
    case = Case(provider="oxen", scenario=scenario, body=sample("oxen"))
    with attach("tests.bench.trivial:insistent", places=1) as troupe:
        began = perf_counter()
        found = smallest(troupe, case, "money.lost-answer")
        took = perf_counter() - began
    left = [one.do for one in found.trial.case.scenario.faults]
    print(f"{took:6.2f} s from five faults to {', '.join(left)}; minimal: {found.minimal}")


if __name__ == "__main__":
    main()
