"""What falsified answers look like, beside the true ones."""

from __future__ import annotations

import httpx
import pytest

from emulator.providers.port import Kind
from tests.faults.stand import EVENTS, MANUAL, Make, Stand
from tests.server.raw import Line

PROVIDERS = ("oxen", "omixa")


def both(it: Stand, provider: str, do: object) -> tuple[httpx.Response, httpx.Response]:
    """The answer about an ended job as it is, and as it comes when struck."""
    ask = it.ask(provider, Kind.JOB)
    plain = it.call(ask)
    it.arm(do, "status", times=1)
    return plain, it.call(ask)


def refuse(stand: Make) -> None:
    it = stand(**MANUAL)
    it.arm({"refuse": {"status": 422, "detail": "Not today."}})
    oxen = it.call(it.ask("oxen", Kind.SUBMIT))
    assert oxen.json()["error"]["detail"] == "Not today."
    omixa = it.call(it.ask("omixa", Kind.SUBMIT))
    assert omixa.json()["error"]["message"] == "Not today."
    _, struck = both(stand(**MANUAL), "oxen", {"refuse": {"status": 405}})
    assert struck.headers["allow"] == "OPTIONS"
    _, struck = both(stand(**MANUAL), "oxen", {"empty": {"status": 204}})
    assert "content-length" not in struck.headers
    for answer in (oxen, omixa):
        assert answer.status_code == 422
        assert "retry-after" not in answer.headers
    assert it.jobs() == []


def redirect(stand: Make) -> None:
    it = stand(**MANUAL)
    ask = it.ask("oxen", Kind.JOB)
    it.arm({"redirect": {"status": 307, "to": "/elsewhere"}}, "status", times=1)
    answer = it.call(ask)
    assert (answer.status_code, answer.headers["location"]) == (307, "/elsewhere")
    it.arm("redirect", "status")
    with pytest.raises(httpx.TooManyRedirects):
        it.call(ask, follow_redirects=True)


def delay(stand: Make) -> None:
    for phase, submitted in (("before", "2026-01-01T00:00:45"), ("after", "2026-01-01T00:00:0")):
        it = stand()
        it.arm({"delay": {"by": "45s"}}, "enqueue", phase=phase)
        assert it.call(it.ask("oxen", Kind.SUBMIT)).is_success
        assert it.caller.control("clock")["now"] >= "2026-01-01T00:00:45"
        (job,) = it.jobs()
        assert job["submitted"].startswith(submitted)


def wrong_type(stand: Make) -> None:
    for provider in PROVIDERS:
        plain, struck = both(stand(**MANUAL), provider, {"wrong_type": {"path": "status"}})
        assert struck.json() == {**plain.json(), "status": 7}
    plain, struck = both(stand(**MANUAL), "oxen", {"wrong_type": {"path": "enqueued_at"}})
    assert struck.json()["enqueued_at"] == str(plain.json()["enqueued_at"])


def missing(stand: Make) -> None:
    plain, struck = both(stand(**MANUAL), "omixa", {"missing": {"path": "data.0.url"}})
    (data,) = plain.json()["data"]
    assert "url" in data
    del data["url"]
    assert struck.json() == {**plain.json(), "data": [data]}
    plain, struck = both(stand(**MANUAL), "oxen", "missing")
    assert plain.json().keys() - struck.json().keys() == {"generation_id"}


def nulled(stand: Make) -> None:
    for provider in PROVIDERS:
        plain, struck = both(stand(**MANUAL), provider, {"nulled": {"path": "status"}})
        assert struck.json() == {**plain.json(), "status": None}


def alter(stand: Make) -> None:
    for provider in PROVIDERS:
        for to in (2**53 + 1, "queued", [None], {}):
            change = {"alter": {"path": "status", "to": to}}
            plain, struck = both(stand(**MANUAL), provider, change)
            assert struck.json() == {**plain.json(), "status": to}


def extra(stand: Make) -> None:
    more = {"progress": 0.5, "status_url": None}
    for provider in PROVIDERS:
        plain, struck = both(stand(**MANUAL), provider, {"extra": {"fields": more}})
        assert struck.json() == {**plain.json(), **more}


def not_json(stand: Make) -> None:
    for provider in PROVIDERS:
        _, struck = both(stand(**MANUAL), provider, {"not_json": {"status": 503}})
        assert (struck.status_code, struck.headers["content-type"]) == (503, "text/html")
        assert struck.text.startswith("<html>")


def broken(stand: Make) -> None:
    plain, struck = both(stand(**MANUAL), "oxen", "broken")
    assert struck.content == plain.content[: len(plain.content) // 2]
    assert struck.headers["content-type"] == "application/json"


def empty(stand: Make) -> None:
    _, struck = both(stand(**MANUAL), "omixa", {"empty": {"status": 204}})
    assert (struck.status_code, struck.content) == (204, b"")
    it = stand(**MANUAL)
    it.arm("empty", "enqueue", phase="after")
    assert it.call(it.ask("oxen", Kind.SUBMIT)).content == b""
    assert len(it.jobs()) == 1


def huge(stand: Make) -> None:
    plain, struck = both(stand(**MANUAL), "omixa", {"huge": {"size": 3_000_000}})
    assert len(struck.content) > 3_000_000
    assert plain.json().items() <= struck.json().items()


def content_type(stand: Make) -> None:
    plain, struck = both(stand(**MANUAL), "oxen", {"content_type": {"type": "text/html"}})
    assert struck.headers["content-type"] == "text/html"
    assert struck.content == plain.content
    it = stand(**MANUAL)
    it.arm("content_type", "events")
    with Line(it.caller.emulator.port) as line:
        line.say("GET", EVENTS, f"Authorization: Bearer {it.caller.key}")
        assert b"content-type: text/plain\r\n" in line.head()
