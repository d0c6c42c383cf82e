"""How amounts, spans and outcomes are put into words, in findings and reports alike."""

from __future__ import annotations

from contracts.intents import End
from contracts.trial import Trial
from emulator.core.clock import HOUR, MINUTE, SECOND, Span
from emulator.core.money import Micros, dollars

MILLI = SECOND // 1000


def cash(micros: Micros) -> str:
    """An amount as people read it: `$0.40`, and more decimals only where there are any."""
    whole, _, part = dollars(abs(micros)).partition(".")
    return f"{'-' if micros < 0 else ''}${whole}.{part.rstrip('0').ljust(2, '0')}"


def span(length: Span) -> str:
    """A span as people read it: `2 µs`, `250 ms`, `5.6 s`, `9 min 3 s`, `2 h 5 min`."""
    if length < 0:
        return f"-{span(-length)}"
    if 0 < length < MILLI:
        return f"{length} µs"
    if 0 < length < SECOND - MILLI // 2:
        return f"{length / MILLI:.3g} ms"
    if length < 2 * MINUTE:
        return f"{round(length / SECOND, 1):g} s"
    units = ((HOUR, "h"), (MINUTE, "min")) if length >= HOUR else ((MINUTE, "min"), (SECOND, "s"))
    (large, name), (small, other) = units
    whole, rest = divmod(round(length / small) * small, large)
    return f"{whole} {name} {rest // small} {other}" if rest else f"{whole} {name}"


def lasted(seconds: float) -> str:
    """The same of a number of seconds, such as an intent or a header has."""
    return span(round(seconds * SECOND))


def reported(trial: Trial) -> str:
    """What came of it, going by the client: `the client gave up`."""
    count = len(trial.outcome.urls)
    return {
        End.SUCCEEDED: f"the client reported success with {count} result{'s' * (count != 1)}",
        End.FAILED: "the client reported a failure",
        End.CANCELLED: "the client reported that the job was cancelled",
        End.GAVE_UP: "the client gave up",
        End.NOTHING: "the client reported nothing",
    }[trial.outcome.outcome]


def unnamed(trial: Trial) -> str:
    """The same, of a client that does not say which job it speaks of."""
    return f"{reported(trial)}, and did not name the job"


def why(trial: Trial) -> str:
    """What is to be added to that: what went wrong with the client, or its own words, if any."""
    text = str(trial.trouble or trial.outcome.reason or trial.outcome.error)
    return f": {text}" if text else ""
