"""The gate of the control plane: who may come in, which world is meant, what was sent, and how
is answered."""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import urlsplit

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from emulator.core.refusals import Reason, Refused
from emulator.server.hosts import loopback
from emulator.server.live import Live
from emulator.server.stage import PREFIX, Stage

TURNED_AWAY = {Reason.UNAVAILABLE: 503, Reason.BROKEN: 500}
"""What is refused for no fault of the caller's."""


class Gate:
    """Lets callers in. A `guarded` one asks for the token, any other only for this machine."""

    def __init__(self, stage: Stage, token: str | None, *, guarded: bool) -> None:
        self._stage = stage
        self._token = token
        self._guarded = guarded

    def admit(self, request: Request) -> None:
        """HTTPException for a caller who may not."""
        if not self._guarded:
            _refuse_strangers(request)
            return
        if self._token is None:
            raise HTTPException(403, "the control plane needs --control-token on this host")
        given = request.headers.get("x-understudy-token", "")
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            raise HTTPException(401, "X-Understudy-Token is missing or wrong")

    def live(self, request: Request) -> Live:
        """The world that the path names, brought up to its clock."""
        self.admit(request)
        name = request.path_params["name"]
        live = self._stage.find(name)
        if live is None:
            raise HTTPException(
                404,
                f"there is no world called {name}: its key's first call makes it,"
                f" or POST {PREFIX}/worlds",
            )
        live.present()
        return live


def _refuse_strangers(request: Request) -> None:
    """On loopback no token is asked for, so no web page may reach it through a browser."""
    for name in ("host", "origin"):
        given = request.headers.get(name, "")
        try:
            host = urlsplit(given if "://" in given else f"//{given}").hostname
        except ValueError:
            host = None
        if given and not loopback(host or ""):
            raise HTTPException(403, f"the control plane is not for {name} {given}")


async def body(request: Request, *known: str) -> dict[str, Any]:
    """The JSON object that was sent; HTTPException if it has a field that is not known."""
    data = await json_object(request, of=f" of {', '.join(known)}")
    if unknown := sorted(data.keys() - set(known)):
        raise HTTPException(422, f"there is no {unknown[0]!r}; there is {', '.join(known)}")
    return data


async def json_object(request: Request, of: str = "") -> dict[str, Any]:
    """The JSON object that was sent, whatever is in it."""
    try:
        data = orjson.loads(await request.body() or b"{}")
    except orjson.JSONDecodeError as error:
        raise HTTPException(422, f"the body is not valid JSON: {error}") from None
    if not isinstance(data, dict):
        raise HTTPException(422, f"the body must be an object{of}")
    return data


def refused(request: Request, error: Exception) -> Response:
    """The answer to what cannot be done: why, in one sentence."""
    status = error.status_code if isinstance(error, HTTPException) else 422
    if isinstance(error, Refused) and error.reason in TURNED_AWAY:
        status = TURNED_AWAY[error.reason]
    told = isinstance(error, HTTPException | Refused) and error.detail
    detail = told or str(error)
    return reply({"error": {"message": detail}}, status)


def broken(request: Request, error: Exception) -> Response:
    """The answer where a bug of ours is to blame."""
    return reply({"error": {"message": "the control plane broke; the server's log says how"}}, 500)


def reply(data: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(data), status, media_type="application/json")
