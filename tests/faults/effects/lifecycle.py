"""What becomes of jobs: their status, their words and their money."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from emulator.providers.port import Kind
from tests.faults.stand import MANUAL, Make, Stand

PROVIDERS = ("oxen", "omixa")
LONG = "10m"
"""Longer than any job takes in its model's own time."""


def ended(
    stand: Make, do: object, by: str, **scenario: Any
) -> Iterator[tuple[Stand, str, dict[str, Any], str]]:
    """A struck job of each provider, so long after it was submitted, and its name."""
    for provider in PROVIDERS:
        it = stand(**MANUAL, **scenario)
        it.arm(do, on={"provider": provider}, times=1)
        name = it.submit(provider)
        it.caller.advance(by)
        yield it, provider, it.jobs()[0], name


def stick(stand: Make) -> None:
    patient = {"omixa.job-timeout": "never"}
    for it, provider, job, name in ended(stand, "stick", "2w", assumptions=patient):
        assert job["status"] == "running"
        assert it.look(provider, name)["status"] in ("processing", "running")
        assert it.money(provider)["held"] == job["held"] != "0.000000"
    for _, provider, job, _ in ended(stand, "stick", "30m"):
        assert job["status"] == {"oxen": "running", "omixa": "failed"}[provider]


def fail(stand: Make) -> None:
    words = {"fail": {"error": "No kites today."}}
    for it, provider, job, name in ended(stand, words, LONG):
        assert (job["status"], job["error"]) == ("failed", "No kites today.")
        shown = it.look(provider, name)
        said = shown["error_message"] if provider == "oxen" else shown["error"]["message"]
        assert said == "No kites today."
        assert it.money(provider)["available"] == it.money(provider)["deposited"]


def cancel(stand: Make) -> None:
    for it, provider, job, name in ended(stand, "cancel", LONG):
        assert job["status"] == "cancelled"
        word = it.look(provider, name)["status"]
        assert word == {"oxen": "cancelled", "omixa": "failed"}[provider]
        assert it.money(provider)["available"] == it.money(provider)["deposited"]


def slow(stand: Make) -> None:
    do = {"slow": {"queued": "5m", "running": "20m"}}
    for it, _, job, _ in ended(stand, do, "4m59s"):
        assert job["status"] == "queued"
        it.caller.advance("20m")
        assert it.jobs()[0]["status"] == "running"
        it.caller.advance("1s")
        assert it.jobs()[0]["status"] == "succeeded"


def filter(stand: Make) -> None:
    for left, charged in ((2, "0.800000"), (0, "0.000000")):
        it = stand(**MANUAL)
        it.arm({"filter": {"deliver": left}}, times=1)
        name = it.submit("omixa", sample_count=3)
        it.caller.advance(LONG)
        assert len(it.look("omixa", name)["data"]) == left
        money = it.money("omixa")
        assert (money["captured"], money["held"]) == (charged, "0.000000")
        assert it.jobs()[0]["status"] == ("succeeded" if left else "failed")


def failover(stand: Make) -> None:
    it = stand(**MANUAL, accounts=["up", "down", "up"])
    it.arm("failover", times=1)
    it.submit("omixa")
    (job,) = it.jobs()
    assert (job["account"], len(it.postings("hold"))) == (3, 1)
    assert len(it.call(it.ask("omixa", Kind.LIST)).json()["data"]) == 1
    it.arm({"failover": {"accounts": 2}}, times=1)
    answer = it.call(it.ask("omixa", Kind.SUBMIT))
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "no_healthy_route"
    assert len(it.jobs()) == len(it.postings("hold")) == 1


def status_word(stand: Make) -> None:
    it = stand(**MANUAL)
    for provider in PROVIDERS:
        name = it.done(provider)
        plain = it.look(provider, name)
        it.arm({"status_word": {"word": "pending"}}, "status", times=1)
        assert it.look(provider, name) == {**plain, "status": "pending"}
        assert it.look(provider, name) == plain
    id = it.done("oxen")
    it.arm("status_word", "record")
    assert it.caller.get(f"/api/ai/generations/{id}")["generation"]["status"] == "expired"


def stale(stand: Make) -> None:
    it = stand(**MANUAL)
    for provider, running in (("oxen", "processing"), ("omixa", "running")):
        name = it.done(provider)
        plain = it.look(provider, name)
        it.arm({"stale": {"by": "10s"}}, "status", times=1)
        assert it.look(provider, name)["status"] == running
        assert it.look(provider, name) == plain


def not_found(stand: Make) -> None:
    it = stand(**MANUAL)
    for provider in PROVIDERS:
        ask = it.ask(provider, Kind.JOB)
        strange = it.call(it.ask(provider, Kind.JOB, "00000000-0000-4000-8000-000000000000"))
        it.arm("not_found", times=2)
        for _ in range(2):
            answer = it.call(ask)
            assert (answer.status_code, answer.json()) == (404, strange.json())
        assert it.call(ask).is_success
    for phase, status in (("before", "queued"), ("after", "cancelled")):
        it = stand(**MANUAL)
        ask = it.ask("oxen", Kind.CANCEL)
        it.arm("not_found", "cancel", phase=phase)
        assert it.call(ask).status_code == 404
        assert it.jobs()[0]["status"] == status
