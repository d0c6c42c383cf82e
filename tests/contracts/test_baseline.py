"""Known findings are expected with a reason; one that is out of date is an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.baseline import BadBaseline, Compared, compare, load
from contracts.grade import Grade
from tests.contracts.report.trials import grade, trials


def written(folder: Path, text: str) -> Path:
    path = folder / "known.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_baseline_maps_clauses_to_reasons(tmp_path: Path) -> None:
    text = "# ours\nmoney.lost-answer: >\n  The uploader is\n  being rewritten.\n"
    found = load(written(tmp_path, text))
    assert found == {"money.lost-answer": "The uploader is being rewritten."}
    assert load(written(tmp_path, "")) == {}
    assert load(written(tmp_path, '{"money.lost-answer": "It is JSON, too."}'))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- money.lost-answer", r"yaml:1: a baseline maps clauses to reasons, such as `money"),
        (
            "money.lost-answr: why",
            r"yaml:1: 'money.lost-answr' is no clause; did you mean 'money.lost-answer'\?",
        ),
        ("\nmoney.lost-answer: ''", r"yaml:2: money.lost-answer: it is not said why"),
        ("money.lost-answer:", r"money.lost-answer: why this is expected is a text, .*not null"),
        ("money.lost-answer: [a]", r"is a text, .*not \['a'\]"),
        ("money.lost-answer: a\nmoney.lost-answer: b", r"yaml:2: cannot be read: .*there twice"),
        ("a: [", "cannot be read"),
    ],
)
def test_a_file_that_is_none_says_where_and_why(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(BadBaseline, match=said):
        load(written(tmp_path, text))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadBaseline, match="cannot be read: No such file"):
        load(tmp_path / "nowhere.yaml")


def test_what_is_not_known_is_new() -> None:
    found = compare(grade(), {"money.lost-answer": "It is being mended."})
    assert [one.clause.id for one in found.known] == ["money.lost-answer"]
    assert {one.clause.id for one in found.new} == trials().keys() - {"money.lost-answer"}
    assert not found.stale
    assert not found.passed


def test_when_all_is_known_it_passes() -> None:
    assert compare(grade(), dict.fromkeys(trials(), "Known.")).passed
    assert Compared().passed


@pytest.mark.parametrize(
    ("id", "said"),
    [
        (
            "lifecycle.own-results",
            "lifecycle.own-results: it is expected to be broken, and was kept",
        ),
        ("lifecycle.says-something", "never came up"),
        ("results.short", "was skipped: the client is not said to do this: downloads"),
        ("manners.poll-after", "it is about omixa alone, and this was oxen"),
        ("money.lost-answr", "there is no such clause; did you mean 'money.lost-answer'?"),
    ],
)
def test_an_entry_that_nothing_breaks_is_out_of_date(id: str, said: str) -> None:
    found = compare(grade(), {**dict.fromkeys(trials(), "Known."), id: "Known."})
    (stale,) = found.stale
    assert said in str(stale)
    assert not found.passed


def test_a_clause_that_was_not_chosen_is_passed_over() -> None:
    one = Grade(provider="oxen", subject="a:b", chosen=frozenset({"lifecycle.own-results"}))
    one.kept["lifecycle.own-results"] = 1
    assert compare(one, {"money.lost-answer": "Known."}).passed
