"""The page is whole, loads nothing, runs nothing, and shows strange words as words."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

from contracts.grade import Grade
from contracts.report import html
from tests.contracts.report.trials import failing_harness, grade, trials

VOID = {"meta", "br", "link", "img", "input", "hr", "area", "base", "col", "embed", "source"}
LOADS = {"src", "srcset", "poster", "data", "xlink:href", "action", "background"}


class Page(HTMLParser):
    """A page as it is read: its elements, and whether each of them is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: dict[str, int] = {}
        self.ids: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1
        for name, value in attrs:
            assert name not in LOADS, (tag, name)
            assert not name.startswith("on"), (tag, name)
            if name == "id":
                self.ids.append(value or "")
            if name == "href":
                self.links.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def text() -> str:
    files = {id: Path(f"out/{id}.yaml") for id in trials()}
    return html.report(grade(), files, {"manners.no-hammering": "The pool <b>is</b> to blame."})


def test_every_element_is_closed_and_nothing_is_loaded_or_run(text: str) -> None:
    page = Page(text)
    assert page.open == []
    assert not page.tags.keys() & {"script", "link", "img", "iframe", "object", "embed", "form"}
    assert "url(" not in text
    assert "@import" not in text
    assert all(one.startswith("#") for one in page.links)
    assert {one.removeprefix("#") for one in page.links} <= set(page.ids)
    assert len(set(page.ids)) == len(page.ids)


def test_strange_words_are_shown_as_they_are(text: str) -> None:
    shown = "".join(Page(text).words)
    assert "<script>alert('x')</script> & \"more\" ]]>" in shown
    assert "{{ 7 * 7 }}" in shown
    assert "Blocked by <script>&\"'." in shown
    assert "The pool <b>is</b> to blame." in shown
    assert "\x00" not in text


def test_each_finding_has_its_clause_its_scenario_its_command_and_a_drawing(text: str) -> None:
    page, shown = Page(text), "".join(Page(text).words)
    assert page.ids == [*dict.fromkeys(page.ids)]
    assert set(page.ids) == grade().broken.keys()
    assert page.tags["figure"] == len(grade().broken)
    for one in grade().verdicts():
        assert one.clause.text in shown
        if one.broken is not None:
            assert one.clause.reason in shown
            assert one.clause.source in shown
            assert f"understudy replay out/{one.clause.id}.yaml" in shown
    assert "$0.40 wasted" in shown
    assert "#1 lose: no answer" in shown
    assert "killed, and started again" in shown


def test_the_same_grade_gives_the_same_page() -> None:
    assert html.report(grade()) == html.report(grade())


def test_a_client_without_a_finding_gets_a_page_that_says_so() -> None:
    kept = Grade(provider="omixa", subject="a:b", kept={"lifecycle.own-results": 4})
    page = Page(html.report(kept))
    assert "It keeps the 1 clause that came up." in "".join(page.words)
    assert page.open == []


def test_a_harness_that_failed_puts_the_page_in_doubt() -> None:
    page = Page(html.report(failing_harness()))
    assert "The emulator itself was wrong" in page.words
    assert page.open == []
