"""What becomes of the money."""

from __future__ import annotations

from emulator.providers.port import Kind
from tests.faults.stand import MANUAL, Make

PROVIDERS = ("oxen", "omixa")


def drain(stand: Make) -> None:
    for provider in PROVIDERS:
        it = stand(**MANUAL, balance="5.00")
        it.arm({"drain": {"leave": "0.05"}}, times=1)
        ask = it.ask(provider, Kind.SUBMIT)
        assert [it.call(ask).status_code for _ in range(2)] == [402, 402]
        money = it.money(provider)
        assert (money["available"], money["spent"]) == ("0.050000", "4.950000")
        assert it.jobs() == []


def no_credit(stand: Make) -> None:
    for provider in PROVIDERS:
        it, poor = stand(**MANUAL), stand(**MANUAL, balance="0")
        it.arm("no_credit", times=1)
        ask = it.ask(provider, Kind.SUBMIT)
        struck, true = it.call(ask), poor.call(poor.ask(provider, Kind.SUBMIT))
        assert (struck.status_code, struck.json()) == (402, true.json())
        assert it.postings() == []
        assert it.call(ask).is_success


def out_of_credit(stand: Make) -> None:
    for provider in PROVIDERS:
        it = stand(**MANUAL)
        it.arm("out_of_credit", times=1)
        it.submit(provider)
        assert it.postings("hold") == []
        assert it.jobs()[0]["status"] == "queued"
        it.caller.advance("10m")
        (job,) = it.jobs()
        assert (job["status"], job["error"]) == ("failed", "Insufficient credits")
        assert it.postings() == []
