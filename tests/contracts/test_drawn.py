"""What chance draws: the same for the same seed, in range, and never a fault beside a guess."""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from pathlib import Path

import pytest

from contracts.cases import load_case, page
from contracts.drawn import MOST, combinations
from contracts.walk import guesses
from emulator.providers.registry import providers
from tests.contracts.test_cases import grounds

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("provider", ["oxen", "omixa"])
def test_faults_are_combined_and_so_are_guesses(provider: str) -> None:
    drawn = list(combinations(grounds(provider), 200, 7))
    faults = Counter(len(one.scenario.faults) for one in drawn)
    wrong = Counter(len(one.scenario.assumptions) for one in drawn)
    assert min(faults[count] for count in range(2, MOST + 1)) > 3
    assert min(wrong[count] for count in range(2, MOST + 1)) > 3
    assert not any(one.scenario.faults and one.scenario.assumptions for one in drawn)


@pytest.mark.parametrize("provider", ["oxen", "omixa"])
def test_every_guess_is_one_that_the_provider_knows_and_none_is_the_usual(provider: str) -> None:
    usual = {one.id: one.default for one in providers()[provider].assumptions}
    assert {id for id, _ in guesses(provider)} <= usual.keys()
    assert not [id for id, choice in guesses(provider) if choice == usual[id]]


def test_the_same_seed_draws_the_same_cases() -> None:
    ground = grounds("oxen")
    one, two, other = (list(combinations(ground, 30, seed)) for seed in (1, 1, 2))
    assert one == two
    assert [page(case) for case in one] != [page(case) for case in other]


def test_what_is_drawn_can_be_saved(tmp_path: Path) -> None:
    file = tmp_path / "case.yaml"
    for case in combinations(grounds("omixa"), 40, 3):
        file.write_text(page(case), encoding="utf-8")
        assert load_case(file) == case


def test_what_else_is_loaded_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = grounds("oxen")
    before = list(combinations(ground, 150, 7))
    (tmp_path / "full_of_numbers.py").write_text(f"A = {list(range(0, 4_000_000, 7919))}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import_module("full_of_numbers")
    assert list(combinations(ground, 150, 7)) == before
