"""A grading as JUnit's XML, as build servers read it: a suite for each theme, a test for each
clause."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from contracts.cases import page
from contracts.grade import Grade, State, Verdict
from contracts.phrases import cash
from contracts.report.words import printable, replay


def report(
    grade: Grade, files: Mapping[str, Path] | None = None, known: Mapping[str, str] | None = None
) -> str:
    """The document. A broken clause is a failure, unless it is `known`; one that was skipped, or
    never came up, is a skipped test, with the reason. `files` are the smallest cases by clause."""
    root = Element("testsuites", name=printable(f"understudy: {grade.subject}"))
    suites = [
        _suite(grade, theme, each, files or {}, known or {})
        for theme, each in grade.themes().items()
    ]
    if grade.harness:
        suites.append(_harness(grade))
    root.extend(suites)
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(one.get(name, "0")) for one in suites)))
    root.set("time", f"{grade.seconds:.3f}")
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(
    grade: Grade,
    theme: str,
    each: tuple[Verdict, ...],
    files: Mapping[str, Path],
    known: Mapping[str, str],
) -> Element:
    suite = Element("testsuite", name=theme)
    told = SubElement(suite, "properties")
    for name, value in (
        ("provider", grade.provider),
        ("subject", grade.subject),
        ("profile", grade.profile),
        ("seed", str(grade.seed)),
    ):
        SubElement(told, "property", name=name, value=printable(value))
    for one in each:
        test = _test(suite, grade, one.clause.id)
        if one.state is State.BROKEN:
            _broken(test, grade, one, files.get(one.clause.id), known.get(one.clause.id, ""))
        elif one.state is not State.KEPT:
            SubElement(test, "skipped", message=printable(one.why or one.state.value))
    return _counted(suite)


def _harness(grade: Grade) -> Element:
    suite = Element("testsuite", name="harness")
    error = SubElement(
        _test(suite, grade, "harness.answers-are-valid"),
        "error",
        type="harness",
        message="the emulator's own answers break the provider's contract",
    )
    error.text = printable("\n".join(flaw.text for _, flaw in grade.harness))
    return _counted(suite)


def _test(suite: Element, grade: Grade, id: str) -> Element:
    classname = f"understudy.{grade.provider}.{suite.get('name')}"
    return SubElement(suite, "testcase", classname=classname, name=id, time="0")


def _counted(suite: Element) -> Element:
    tests = suite.findall("testcase")
    suite.set("tests", str(len(tests)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(one.find(tag) is not None for one in tests)))
    suite.set("time", "0")
    return suite


def _broken(test: Element, grade: Grade, one: Verdict, file: Path | None, known: str) -> None:
    assert one.broken is not None
    clause, finding, trial = one.clause, one.broken.finding, one.broken.trial
    if known:
        SubElement(test, "skipped", message=printable(f"known: {known}"))
        return
    failure = SubElement(test, "failure", type=clause.level.value, message=printable(finding.seen))
    lines = [
        clause.text,
        f"Seen: {finding.seen}",
        f"Why: {clause.reason}",
        f"Source: {clause.source}",
    ]
    if trial.wasted > 0:
        lines.append(f"Wasted: {cash(trial.wasted)}")
    if file is not None:
        lines.append(f"Replay: {replay(grade, file)}")
    failure.text = printable("\n".join([*lines, "", page(trial.case)]))
