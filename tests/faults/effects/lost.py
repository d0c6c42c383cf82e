"""What is true after an answer was lost."""

from __future__ import annotations

from emulator.providers.port import Kind
from tests.faults.raw import OPEN, RESET, heard
from tests.faults.stand import DONE, MANUAL, Make


def lose(stand: Make) -> None:
    for provider in ("oxen", "omixa"):
        it = stand(**MANUAL)
        ask = it.ask(provider, Kind.SUBMIT)
        for how, bytes_, end in (("reset", 0, RESET), ("timeout", 0, OPEN)):
            it.arm({"lose": {"how": how}}, times=1)
            came = heard(it, ask)
            assert (len(came.data), came.end) == (bytes_, end)
        it.arm({"lose": {"how": "half"}}, times=1)
        came = heard(it, ask)
        assert 0 < len(came.body) < came.length
        it.arm({"lose": {"how": "502"}}, times=1)
        assert "error" in it.call(ask).json()

        it.caller.advance(DONE)
        assert [one["status"] for one in it.jobs()] == ["succeeded"] * 4
        assert len(it.postings("hold")) == len(it.postings("capture")) == 4
