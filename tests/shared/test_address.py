"""Which URLs name a log, and what is said of the others; and which servers will do."""

from __future__ import annotations

import pytest
from redis.asyncio.connection import Connection, SSLConnection, UnixDomainSocketConnection

from emulator.log.rows import BadLog
from emulator.shared.address import read
from emulator.shared.health import info, risks, unfit


def test_what_a_url_says() -> None:
    one = read("redis://user:pass@host:7000/3?name=mine")
    assert (one.kind, one.name, one.shown) == (Connection, "mine", "redis://host:7000/3")
    assert one.how == {
        "host": "host", "port": 7000, "db": 3, "username": "user", "password": "pass",
    }  # fmt: skip
    two = read("unix:///run/redis.sock?db=2")
    assert (two.kind, two.name, two.shown) == (
        UnixDomainSocketConnection, "understudy", "unix:///run/redis.sock",
    )  # fmt: skip
    assert two.how == {"path": "/run/redis.sock", "db": 2}
    three = read("rediss://host?ssl_ca_certs=/ca.pem")
    assert (three.kind, three.how) == (SSLConnection, {"host": "host", "ssl_ca_certs": "/ca.pem"})


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://host", "it names no Redis"),
        ("host:6379", "it names no Redis"),
        ("redis://", "it names no Redis"),
        ("unix://", "it names no socket"),
        ("redis://host:port", "write redis://HOST"),
        ("redis://host/first", "'first' is no database"),
        ("redis://host?db=first", "Invalid value for 'db'"),
        ("redis://host?decode_responses=1", "there is no option 'decode_responses'"),
        ("redis://host?name=a{b}", "is not one"),
        ("redis://host?name=", "is not one"),
    ],
)
def test_what_names_no_log(url: str, why: str) -> None:
    with pytest.raises(BadLog, match=why):
        read(url)


def test_a_password_is_in_no_message() -> None:
    for url in ("redis://:secret@host:port", "redis://:secret@host/x", "x://:secret@host"):
        with pytest.raises(BadLog) as told:
            read(url)
        assert "secret" not in str(told.value)


def test_which_servers_will_do() -> None:
    fine = {"redis_version": "7.0.15", "role": "master", "maxmemory": "0", "aof_enabled": "1"}
    assert info(b"# Server\r\nredis_version:7.0.15\r\nrun_id:ab\r\n") == {
        "redis_version": "7.0.15", "run_id": "ab",
    }  # fmt: skip
    assert unfit(fine | {"maxmemory_policy": "noeviction"}) is None
    assert unfit(fine | {"redis_version": "10.1"}) is None
    assert "needs 7.0" in (unfit(fine | {"redis_version": "6.2.7"}) or "")
    assert "replica" in (unfit(fine | {"role": "slave"}) or "")
    evicting = {"maxmemory": "9", "maxmemory_policy": "allkeys-lru"}
    assert "allkeys-lru" in (unfit(fine | evicting) or "")
    sure = fine | {"maxmemory_policy": "noeviction"}
    assert list(risks(sure, "always")) == []
    assert len(list(risks(sure, None))) == len(list(risks(sure, "no"))) == 1
    assert len(list(risks(sure | {"aof_last_write_status": "err"}, "always"))) == 1
