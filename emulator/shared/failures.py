"""What Redis says went wrong, in sentences that say what to do."""

from __future__ import annotations

from typing import Final

from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    ConnectionError,
    RedisError,
    TimeoutError,
)

from emulator.shared.places import Behind, Lost

SENTENCES: Final = {
    "OOM": "it has no memory left; raise its `maxmemory`, or free some, and it goes on by itself",
    "READONLY": "it is a replica, and only its master can be used; name the master",
    "LOADING": "it is still loading its data; it goes on by itself",
    "MISCONF": "it cannot write to its own disk, and refuses to; look at its log",
    "NOREPLICAS": "too few of its replicas answer it, so it refuses to write; look at them",
    "MASTERDOWN": "it is a replica without its master; name the master",
    "BUSY": "a script of somebody else keeps it busy; it goes on once that has ended",
    "NOAUTH": "it wants a password; write one in the URL",
    "WRONGPASS": "it knows no such user, or not with this password; mend the URL",
    "NOPERM": "its user may not do what a log needs; `docs/redis.md` has the list",
    "MOVED": "it is a node of a cluster that has not this log's slot; name the one that has",
    "ASK": "the cluster is moving this log's slot; name the node that will have it",
    "CLUSTERDOWN": "its cluster is down; look at its nodes",
    "TRYAGAIN": "the cluster is moving this log's slot; it goes on by itself",
    "WRONGTYPE": "another program's data is under this log's name; name another with `?name=`",
    "FORMAT": "its log is of a newer version of this program; use that one, or another `?name=`",
}

CERTAIN: Final = frozenset(("OOM", "LATE"))
"""What `APPEND` is told after it has seen that the batch was not written before."""


class Broken(Exception):
    """The connection is no more; whether Redis has done what it was asked is not known."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Anew(Broken):
    """Redis has done nothing, for it wants to be greeted first."""


class Late(Exception):
    """A batch came after its time, and will not be written."""


class Refusing(Exception):
    """Redis answers, and says no. `certain` is whether it could not have done it before."""

    def __init__(self, why: str, *, certain: bool) -> None:
        super().__init__(why)
        self.why = why
        self.certain = certain


class Away(Exception):
    """Redis has not answered in time. `sent` is whether it may have done what it was asked."""

    def __init__(self, why: str, *, sent: bool) -> None:
        super().__init__(why)
        self.why = why
        self.sent = sent


def code(error: RedisError) -> str:
    """The word that Redis put before its error."""
    match error:
        case BusyLoadingError():
            return "LOADING"
        case AuthenticationError() | AuthorizationError():
            return str(getattr(error, "status_code", None) or "WRONGPASS")
    return str(getattr(error, "status_code", None) or str(error).split(" ")[0])


def told(shown: str, error: RedisError) -> Exception:
    """The error as one of ours; as it is if it can only be a bug of ours."""
    word = code(error)
    match word:
        case "LOST":
            return Lost(f"Redis at {shown} has lost a part of the log: {str(error)[5:]}")
        case "BEHIND":
            return Behind(f"the log at {shown} begins after {str(error)[7:]}")
        case "STALE" | "NOSCRIPT":
            return Anew(f"Redis at {shown} has begun anew")
        case "LATE":
            return Late(str(error))
        case "UNBLOCKED":
            return Anew(f"Redis at {shown} has become master or replica")
    if word in SENTENCES:
        return Refusing(f"Redis at {shown}: {SENTENCES[word]}", certain=word in CERTAIN)
    if isinstance(error, ConnectionError | TimeoutError):
        return Broken(f"Redis at {shown} cannot be reached ({error}); it is tried again by itself")
    return error


def silent(shown: str, seconds: float) -> str:
    """What is said of a Redis that does not answer."""
    return f"Redis at {shown} has not answered for {seconds:g} s; it is tried again by itself"
