"""JUnit's XML is well formed, adds up, and tells apart what failed and what was not judged."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

from contracts.report import junit
from tests.contracts.report.trials import failing_harness, grade

KNOWN = {"manners.no-hammering": "The pool <is> to blame."}


def root() -> Element:
    files = {"money.lost-answer": Path("out/money.lost-answer.yaml")}
    return fromstring(junit.report(grade(), files, KNOWN))


def test_each_theme_is_a_suite_and_each_clause_a_test() -> None:
    told = grade()
    assert [one.get("name") for one in root().iter("testsuite")] == list(told.themes())
    names = [one.get("name") for one in root().iter("testcase")]
    assert names == [one.clause.id for one in told.verdicts()]
    assert {one.get("classname") for one in root().iter("testcase")} == {
        f"understudy.oxen.{theme}" for theme in told.themes()
    }


def test_the_sums_are_those_of_the_tests() -> None:
    found = root()
    for where in (found, *found.iter("testsuite")):
        tests = list(where.iter("testcase"))
        assert int(where.get("tests", "")) == len(tests)
        for name, tag in (("failures", "failure"), ("skipped", "skipped"), ("errors", "error")):
            assert int(where.get(name, "")) == sum(one.find(tag) is not None for one in tests)


def test_a_broken_clause_fails_with_its_scenario_and_how_to_play_it_again() -> None:
    tests = {one.get("name"): one for one in root().iter("testcase")}
    failure = tests["money.lost-answer"].find("failure")
    assert failure is not None
    assert failure.get("type") == "money"
    assert "do: lose" in (failure.text or "")
    assert "Replay: understudy replay out/money.lost-answer.yaml" in (failure.text or "")
    hostile = tests["lifecycle.failure-in-words"].find("failure")
    assert hostile is not None
    assert (hostile.get("message") or "").startswith("<script>alert('x')</script> & \"more\" ]]>")


def test_what_was_not_judged_or_is_known_is_skipped_with_the_reason() -> None:
    tests = {one.get("name"): one.find("skipped") for one in root().iter("testcase")}
    said = {name: one.get("message") for name, one in tests.items() if one is not None}
    assert said["manners.no-hammering"] == "known: The pool <is> to blame."
    assert said["results.short"] == "the client is not said to do this: downloads"
    assert said["lifecycle.says-something"] == "never came up"
    assert "lifecycle.own-results" not in said


def test_a_harness_that_failed_is_an_error() -> None:
    found = fromstring(junit.report(failing_harness()))
    assert found.get("errors") == "1"
    (error,) = found.iter("error")
    assert "status is missing" in (error.text or "")
