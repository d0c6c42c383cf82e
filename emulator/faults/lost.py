"""The lost answer: the world has done what was asked, and the client never learns of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from emulator.core.forms import arg, word
from emulator.core.refusals import Reason, Refused
from emulator.faults import wire
from emulator.faults.deed import (
    Deed,
    End,
    Example,
    Family,
    Response,
    Scene,
    Sees,
    Step,
    status,
)
from emulator.providers.port import Answer, Kind


class How(StrEnum):
    """What the client sees instead of the answer."""

    RESET = "reset"
    TIMEOUT = "timeout"
    BAD_GATEWAY = "502"
    HALF = "half"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lose(Deed):
    """The job is made, its money held, and it runs; the client sees an RST, silence until it gives
    up, a 502, or half a body. Whoever asks again without looking first pays twice."""

    family = Family.LOST
    kinds = frozenset({Kind.SUBMIT, Kind.CANCEL})
    examples = (
        Example(kind=Kind.SUBMIT, sees=wire.RESET),
        Example(kind=Kind.SUBMIT, args={"how": "timeout"}, sees=wire.SILENT),
        Example(kind=Kind.SUBMIT, args={"how": "502"}, sees=status(502)),
        Example(
            kind=Kind.SUBMIT,
            args={"how": "half"},
            sees=Sees(
                httpx="RemoteProtocolError",
                requests="ChunkedEncodingError",
                node="TypeError/UND_ERR_SOCKET",
            ),
        ),
    )

    how: How = arg(word(How), How.RESET, "What the client sees: reset, timeout, 502 or half.")

    def answer(self, answer: Answer | None, scene: Scene) -> Answer | None:
        """The provider's 502, where that is what is seen."""
        if self.how is not How.BAD_GATEWAY:
            return answer
        return scene.provider.refuse(Refused(Reason.UPSTREAM), scene.terms.assume)

    def script(self, response: Response | None) -> Iterable[Step] | None:
        """What happens on the wire."""
        match self.how:
            case How.RESET:
                return (End.RESET,)
            case How.TIMEOUT:
                return (End.HANG,)
            case How.HALF:
                return wire.CutBody().script(response)
            case How.BAD_GATEWAY:
                return None
