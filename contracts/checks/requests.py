"""What a client sends: the intent as it was given, to the right place, with the key and no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from contracts.findings import KEPT, Check, Occasion, broken
from contracts.reading import calls, header, looks, plain, sent, submits
from contracts.trial import Trial
from emulator.server.recorder import Exchange

OPEN = frozenset({"models", "search", "model", "download", "download_head"})
"""Operations that are had without a key."""

COUNTS = frozenset({"num_generations", "sample_count"})
"""Fields that are 1 if they are left out."""

CONTROLS = frozenset({"wait_seconds", "poll_interval_seconds"})
"""Fields that say how to wait, and change nothing that is made."""


def intent_unchanged(trial: Trial) -> Iterator[Occasion]:
    """A field of the intent that is not there, or is not the same."""
    for one in submits(trial):
        got = sent(one)
        wrong = [name for name, value in trial.intent.body.items() if not _there(got, name, value)]
        if wrong:
            name = wrong[0]
            arrived = repr(got[name])[:120] if name in got else "nothing"
            given = repr(trial.intent.body[name])[:120]
            yield broken(f"{name} was given as {given}, and arrived as {arrived}", one)
            return
        yield KEPT


def nothing_added(trial: Trial) -> Iterator[Occasion]:
    """A field that nobody asked for, with another value than it has if it is left out."""
    for one in submits(trial):
        got = sent(one)
        more = [name for name in got if name not in (*trial.intent.body, *CONTROLS)]
        odd = [name for name in more if not (name in COUNTS and same(got[name], 1))]
        if odd:
            yield broken(f"{odd[0]} was added: {str(got[odd[0]])[:120]}", one)
            return
        if got:
            yield KEPT


def _there(got: Mapping[str, Any], name: str, value: Any) -> bool:
    return name in got and same(got[name], value)


def same(one: Any, two: Any) -> bool:
    """Whether two values are the same JSON: 8 and 8.0 are, 8 and "8" and true and 1 are not."""
    if isinstance(one, bool) or isinstance(two, bool) or one is None or two is None:
        return one is two
    if isinstance(one, Mapping) and isinstance(two, Mapping):
        return one.keys() == two.keys() and all(same(one[name], two[name]) for name in one)
    if isinstance(one, list | tuple) and isinstance(two, list | tuple):
        return len(one) == len(two) and all(same(a, b) for a, b in zip(one, two, strict=True))
    if isinstance(one, int | float) and isinstance(two, int | float):
        return one == two
    return type(one) is type(two) and bool(one == two)


def valid(trial: Trial) -> Iterator[Occasion]:
    """A request that the provider's contract does not know."""
    given = {
        one.number
        for one in submits(trial)
        if same(sent(one), trial.intent.body) and one.provider == trial.case.provider
    }
    wrong = [one for one in trial.flaws if not one.answer and one.exchange not in given]
    if wrong:
        yield Occasion(wrong[0].text, (wrong[0].exchange,))
    elif calls(trial):
        yield KEPT


def content_type(trial: Trial) -> Iterator[Occasion]:
    """A JSON body under another name."""
    for one in calls(trial):
        if not sent(one):
            continue
        kind = header(one.request_headers, "content-type") or "nothing"
        if kind.partition(";")[0].strip().lower() == "application/json":
            yield KEPT
        else:
            yield broken(f"a JSON body was sent as {kind}", one)
            return


def key_on_every_call(trial: Trial) -> Iterator[Occasion]:
    """A call to the API without the key."""
    for one in calls(trial):
        if one.operation in OPEN:
            continue
        if one.key:
            yield KEPT
        else:
            yield broken(f"{one.method} {one.target} carried no key", one)
            return


def key_to_nobody_else(trial: Trial) -> Iterator[Occasion]:
    """The key, sent to a host that is not the API's."""
    home = urlsplit(trial.intent.base_url).netloc
    for one in trial.exchanges:
        host = header(one.request_headers, "host")
        if host in (home, None):
            continue
        if one.key:
            yield broken(f"the key was sent to {host}", one)
            return
        yield KEPT


def user_agent(trial: Trial) -> Iterator[Occasion]:
    """A name that the hub takes for its own CLI's."""
    for one in calls(trial):
        name = header(one.request_headers, "user-agent") or ""
        if "oxen" in name.lower():
            yield broken(f"the User-Agent was {name!r}", one)
            return
        yield KEPT


def id_intact(trial: Trial) -> Iterator[Occasion]:
    """A look at an id that the provider never gave."""
    for one in looks(trial) if trial.jobs else ():
        if one.fault:
            continue
        if plain(one):
            yield KEPT
        elif one.status in (400, 404, 422):
            yield broken(f"a job was asked for as {unquote(_asked(one))[:160]!r}", one)
            return


def _asked(one: Exchange) -> str:
    """The id that a look names."""
    if named := sent(one).get("operation"):
        return str(named)
    _, _, query = one.target.partition("?")
    return query.removeprefix("operation=") if query else one.target.rsplit("/", 1)[-1]


CHECKS: Mapping[str, Check] = {
    "requests.intent-unchanged": intent_unchanged,
    "requests.nothing-added": nothing_added,
    "requests.valid": valid,
    "requests.content-type": content_type,
    "requests.key-on-every-call": key_on_every_call,
    "requests.key-to-nobody-else": key_to_nobody_else,
    "requests.user-agent": user_agent,
    "requests.id-intact": id_intact,
}
