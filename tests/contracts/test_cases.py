"""A case is a scenario file, with what is the grader's own beside it; and it comes back equal."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.cases import Case, Kill, When, load_case, page, sample
from contracts.ground import Ground
from contracts.singles import singles
from contracts.walk import walk
from emulator import BadScenario, load_scenario
from emulator.core.scenario import PlanRule

BODIES = st.dictionaries(
    st.text(min_size=1, max_size=8),
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=12),
        lambda one: st.lists(one, max_size=3),
        max_leaves=4,
    ),
    max_size=4,
)
KILLS = st.none() | st.builds(Kill, when=st.sampled_from(When), call=st.integers(1, 9))


def grounds(provider: str) -> Ground:
    reached = {
        "oxen": {"history": 1, "enqueue": 1, "events": 1, "status": 9, "download": 1},
        "omixa": {"usage": 1, "create": 1, "status": 9, "download": 1},
    }
    return Ground(
        provider=provider,
        reached=reached[provider],
        connections=1,
        abilities=frozenset({"polls", "streams", "downloads", "resumes", "cancels"}),
        plan=PlanRule(queued=12_000_000, running=31_000_000),
        virtual=True,
        deadline_s=600,
        body=sample(provider),
    )


@given(body=BODIES, deadline=st.integers(1, 5000), kill=KILLS, data=st.data())
def test_a_case_is_read_back_as_it_was_written(
    body: dict[str, Any], deadline: int, kill: Kill | None, data: st.DataObject
) -> None:
    ground = grounds("oxen")
    fault = data.draw(st.sampled_from(singles(ground)))
    case = Case(
        provider="oxen",
        name="any/name",
        scenario=ground.case("", faults=(fault,)).scenario,
        body=body,
        deadline_s=deadline,
        kill=kill,
    )
    with TemporaryDirectory() as folder:
        file = Path(folder, "case.yaml")
        file.write_text(page(case), encoding="utf-8")
        assert load_case(file) == case


@pytest.mark.parametrize("provider", ["oxen", "omixa"])
def test_every_case_of_the_walk_can_be_saved_and_served(provider: str, tmp_path: Path) -> None:
    file, names = tmp_path / "case.yaml", set()
    for case in walk(grounds(provider)):
        file.write_text(page(case), encoding="utf-8")
        assert load_case(file, "omixa") == case
        assert load_scenario(str(file)) == case.scenario
        names.add(case.name)
    assert len(names) > 200
    assert len(names) == sum(1 for _ in walk(grounds(provider))), "two cases have one name"


def test_a_plain_scenario_is_a_case_of_the_provider_that_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text("balance: '1.00'\n")
    case = load_case(file, "omixa")
    assert (case.provider, case.body, case.kill) == ("omixa", sample("omixa"), None)
    assert case.scenario.balance == 1_000_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x-trial: [1]", "x-trial: [1] is not a mapping"),
        ("x-trial: {provder: oxen}", "there is no 'provder'"),
        ("x-trial: {provider: acme}", "'acme' is none of"),
        ("x-trial: {body: 3}", "3 is not a mapping"),
        ("x-trial: {deadline_s: soon}", "'soon' is not a number"),
        ("x-trial: {deadline_s: 0}", "0 does not lie between 1 and"),
        ("x-trial: {deadline_s: 0.5}", "0.5 does not lie between 1 and"),
        ("x-trial:\n  kill: {when: before}", ":2: "),
        ("x-trial: {kill: {when: never, call: 1}}", "'never' is none of"),
        ("faults: [nonsense]", "there is no fault"),
        ("x_trial: {}", "there is no 'x_trial'"),
        ("{", "cannot be read"),
    ],
)
def test_a_bad_case_is_told_where_it_is_wrong(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(text + "\n")
    with pytest.raises(BadScenario) as caught:
        load_case(file)
    assert said in str(caught.value)
    assert "bad.yaml" in str(caught.value)
