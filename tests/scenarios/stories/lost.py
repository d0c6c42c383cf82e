"""Answers that never come although the submit went through: who asks again at once pays twice."""

from __future__ import annotations

import httpx
import pytest

from tests.scenarios.stories import careful
from tests.scenarios.stories.client import Client
from tests.scenarios.stories.playing import Play

IMPATIENT = 0.3
"""Seconds after which a client gives up on an answer that is not to come."""


def then_retry(play: Play) -> None:
    _retried(play, httpx.ReadError)


def timeout(play: Play) -> None:
    _retried(play, httpx.ReadTimeout, timeout=IMPATIENT)


def bad_gateway(play: Play) -> None:
    _retried(play, httpx.HTTPStatusError)


def half(play: Play) -> None:
    _retried(play, httpx.RemoteProtocolError)


def _retried(play: Play, sees: type[Exception], *, timeout: float = 20) -> None:
    for provider in ("oxen", "omixa"):
        naive = play(provider, timeout=timeout)
        with pytest.raises(sees):
            naive.submit()
        job = naive.submit()
        careful.follow(naive, job)
        naive.wait(120)
        assert (naive.made, naive.paid) == (2, 2)

        good = play(provider, timeout=timeout)
        found = careful.submit(good)
        if good.hub:
            assert found is not None
            assert careful.follow(good, found)["status"] == "succeeded"
        good.wait(120)
        assert (good.made, good.paid) == (1, 1)


def with_a_key(play: Play) -> None:
    def ordered(client: Client, keys: list[str]) -> str:
        for key in keys[:-1]:
            with pytest.raises(httpx.ReadError):
                client.submit(key=key)
        return client.submit(key=keys[-1])

    naive, good = play("omixa"), play("omixa")
    for client, keys in ((naive, ["one", "two", "three"]), (good, ["one", "one", "one"])):
        assert careful.follow(client, ordered(client, keys))["status"] == "succeeded"
        client.wait(120)
    assert (naive.made, naive.paid) == (3, 3)
    assert (good.made, good.paid) == (1, 1)


def before_a_request(play: Play) -> None:
    for provider in ("oxen", "omixa"):
        naive = play(provider, listener=True)
        with pytest.raises(httpx.TransportError):
            naive.submit()
        assert naive.made == 0

        good = play(provider, listener=True)
        with pytest.raises(httpx.TransportError):
            good.submit()
        assert good.ordered() == []
        assert careful.follow(good, good.submit())["status"] == "succeeded"
        assert (good.made, good.paid) == (1, 1)
