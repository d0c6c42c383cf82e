"""What a client takes for the video: a whole file, from a link that works."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from urllib.parse import unquote, urlsplit

from contracts.findings import KEPT, Check, Occasion, broken
from contracts.intents import End
from contracts.phrases import reported, unnamed
from contracts.reading import after, asks, deed, downloads, header, knows, named
from contracts.trial import Trial
from emulator.server.recorder import UNANSWERED, Exchange

HARMLESS = frozenset({"delay", "drip", "slice", "content_type"})
"""What is done to a file that is right nevertheless."""


def fetched(trial: Trial) -> Iterator[Occasion]:
    """A result that was reported, and never asked for."""
    if trial.outcome.outcome is not End.SUCCEEDED:
        return
    asked = {_path(one) for one in downloads(trial)}
    for url in trial.outcome.urls:
        if url.startswith("data:"):
            continue
        if unquote(urlsplit(url).path) in asked:
            yield KEPT
        else:
            yield broken(f"{url[:120]} was reported, and never fetched")
            return


def not_taken(kind: str, trial: Trial) -> Iterator[Occasion]:
    """A download that went wrong in one way, was not repeated, and was reported as the video."""
    for one in downloads(trial):
        if _kind(trial, one) != kind:
            continue
        taken = any(unquote(urlsplit(url).path) == _path(one) for url in trial.outcome.urls)
        if trial.outcome.outcome is End.SUCCEEDED and taken and not _mended(trial, one):
            done = deed(trial, one) or "nothing"
            yield broken(
                f"a download was answered {one.status} ({done} was done to it), and the video"
                " reported as had",
                one,
            )
            return
        yield KEPT


def _kind(trial: Trial, one: Exchange) -> str:
    """In which way a download went wrong: cut, wrong, refused or moved; nothing if it did not."""
    if 300 <= one.status < 400:
        return "moved"
    if one.status != UNANSWERED and one.status not in (200, 206):
        return "refused"
    if one.family == "wire" and deed(trial, one) not in HARMLESS:
        return "cut"
    if deed(trial, one) in ("short", "corrupt", "not_a_video", "not_json", "empty"):
        return "wrong"
    return ""


def _mended(trial: Trial, one: Exchange) -> bool:
    """Whether the same file was had later, whole."""
    good = [two for two in after(one, downloads(trial)) if _good(trial, two)]
    return any(_path(two) == _path(one) for two in good)


def _good(trial: Trial, one: Exchange) -> bool:
    return one.status in (200, 206) and (not one.fault or deed(trial, one) in HARMLESS)


def renewed(trial: Trial) -> Iterator[Occasion]:
    """A link was refused, and the client neither asked for another nor named the job."""
    for one in downloads(trial):
        if one.status not in (403, 404, 410):
            continue
        fresh = list(after(one, asks(trial))) or _mended(trial, one)
        known = any(knows(trial, job) for job in trial.jobs)
        kept = any(named(trial, job) for job in trial.jobs)
        if fresh or not known or (kept and trial.outcome.outcome is not End.SUCCEEDED):
            yield KEPT
        else:
            yield broken(
                f"a link was refused with {one.status}, no other was asked for, and"
                f" {reported(trial) if kept else unnamed(trial)}",
                one,
            )
            return


def redirected(trial: Trial) -> Iterator[Occasion]:
    """A redirect of a download that nobody followed."""
    for one in downloads(trial):
        if _kind(trial, one) != "moved":
            continue
        to = urlsplit(header(one.response_headers, "location") or "")
        wanted = unquote(to.path)
        if any(_path(two) == wanted for two in after(one, trial.exchanges)):
            yield KEPT
        else:
            yield broken(f"a download was answered {one.status}, and not followed", one)
            return


def _path(one: Exchange) -> str:
    return unquote(one.target.partition("?")[0])


CHECKS: Mapping[str, Check] = {
    "results.short": partial(not_taken, "cut"),
    "results.corrupt": partial(not_taken, "wrong"),
    "results.refused": partial(not_taken, "refused"),
    "results.renewed": renewed,
    "results.redirected": redirected,
    "results.fetched": fetched,
}
