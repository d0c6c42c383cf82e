"""What comes behind a link to a result."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx

from emulator.providers.port import Kind
from tests.faults.stand import MANUAL, Ask, Make, Stand

PROVIDERS = ("oxen", "omixa")


def loaded(stand: Make, provider: str, do: object) -> tuple[httpx.Response, httpx.Response]:
    """A result as it is, and as it comes when struck."""
    it = stand(**MANUAL)
    ask = it.ask(provider, Kind.FILE)
    plain = it.call(ask)
    assert plain.headers["content-type"] == "video/mp4"
    it.arm(do, "download", times=1)
    return plain, it.call(ask)


def gone(stand: Make) -> None:
    for provider in PROVIDERS:
        _, struck = loaded(stand, provider, "gone")
        assert struck.status_code == 404
        assert "error" in struck.json()


def expired(stand: Make) -> None:
    for choice in ("403", "404"):
        it = stand(**MANUAL, assumptions={"oxen.expired-link": choice})
        for provider in PROVIDERS:
            ask = it.ask(provider, Kind.FILE)
            it.arm("expired", "download", times=1)
            struck = it.call(ask)
            assert struck.status_code == (int(choice) if provider == "oxen" else 403)
            assert it.call(ask).is_success
            assert _outlived(it, ask).json() == struck.json()


def _outlived(it: Stand, ask: Ask) -> httpx.Response:
    """The answer once the link has truly expired."""
    it.caller.advance("3w")
    return it.call(ask)


def short(stand: Make) -> None:
    for provider in PROVIDERS:
        plain, struck = loaded(stand, provider, {"short": {"size": 100}})
        assert struck.content == plain.content[:100]
        assert struck.headers["content-length"] == "100"


def corrupt(stand: Make) -> None:
    for provider in PROVIDERS:
        plain, struck = loaded(stand, provider, "corrupt")
        assert struck.headers["content-type"] == plain.headers["content-type"]
        assert len(struck.content) == len(plain.content)
        pairs = enumerate(zip(plain.content, struck.content, strict=True))
        other = [at for at, (true, false) in pairs if true != false]
        assert other == list(range(0, len(plain.content), 97))


def not_a_video(stand: Make) -> None:
    for provider in PROVIDERS:
        _, struck = loaded(stand, provider, "not_a_video")
        assert struck.is_success
        assert struck.headers["content-type"] == "text/html"
        assert struck.text.startswith("<html>")
        assert "etag" not in struck.headers


def elsewhere(stand: Make) -> None:
    it = stand(**MANUAL)
    for provider in PROVIDERS:
        name = it.done(provider)
        own = it.link(provider, name)
        it.arm({"elsewhere": {"host": "cdn.localhost"}}, "status", times=1)
        shown = it.look(provider, name)
        link = urlsplit(shown["result_url"] if provider == "oxen" else shown["data"][0]["url"])
        assert (link.hostname, link.port) == ("cdn.localhost", it.caller.emulator.port)
        assert f"{link.path}?{link.query}" == own
        there = {"host": link.netloc}
        assert it.caller.http.get(own, headers=there).headers["content-type"] == "video/mp4"
