"""What is true after an answer was lost."""

from __future__ import annotations

from emulator.providers.port import Kind
from tests.faults.raw import OPEN, RESET, Came, heard
from tests.faults.stand import DONE, MANUAL, Make


def lose(stand: Make) -> None:
    for provider in ("oxen", "omixa"):
        it = stand(**MANUAL)
        ask = it.ask(provider, Kind.SUBMIT)
        for how, end in (("reset", RESET), ("timeout", OPEN)):
            it.arm({"lose": {"how": how}}, times=1)
            assert heard(it, ask, hangs=end is OPEN) == Came(b"", end)
        it.arm({"lose": {"how": "half"}}, times=1)
        came = heard(it, ask)
        assert 0 < len(came.body) < came.length
        it.arm({"lose": {"how": "502"}}, times=1)
        assert "error" in it.call(ask).json()

        it.caller.advance(DONE)
        assert [one["status"] for one in it.jobs()] == ["succeeded"] * 4
        assert len(it.postings("hold")) == len(it.postings("capture")) == 4
    it = stand(**MANUAL)
    ask = it.ask("oxen", Kind.CANCEL)
    it.arm("lose", times=1)
    assert heard(it, ask) == Came(b"", RESET)
    assert it.jobs()[0]["status"] == "cancelled"
