"""One server of the comparison: `python serve.py NAME PORT`. `threads` renders in this process."""

from __future__ import annotations

import sys
from contextlib import closing

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from emulator import Scenario
from emulator.core.clock import Pace
from emulator.core.money import DOLLAR
from emulator.media import Apart, Store
from emulator.providers.registry import providers
from emulator.server.app import App
from emulator.server.files import RENDERERS
from emulator.server.injector import Injector
from emulator.server.run import Server, listen
from emulator.server.stage import Stage

ROW = {
    "generation_id": "a5aab3a6-6cf7-4f7e-ab67-ec3e02a6dd29",
    "model_name": "google-veo-3-1-lite",
    "media_type": "video",
    "status": "queued",
    "result_url": None,
    "error_message": None,
    "enqueued_at": 1767225600,
    "started_at": None,
    "completed_at": None,
    "prompt": "A slow pan over a foggy lake",
}


async def row(request: Request) -> JSONResponse:
    """What a poll answers, without anything behind it."""
    return JSONResponse(ROW)


PLAIN = Starlette(routes=[Route("/api/ai/queue/{id}", row), Route("/plain", row)])


def main(name: str, port: int) -> None:
    """Serve until killed."""
    bound = listen("127.0.0.1", port)
    if name == "plain":
        config = uvicorn.Config(PLAIN, log_config=None, access_log=False, ws="none")
        uvicorn.Server(config).run(sockets=[bound])
    else:
        pace = Pace(speed=0.001)
        scenario = Scenario(balance=10**9 * DOLLAR, pace=pace, keep=10_000)
        with closing(Apart(RENDERERS)) as apart:
            store = Store(draw=None if name == "threads" else apart.render)
            app = App(Stage(scenario, providers()), injector=Injector(), store=store)
            Server(app).run(sockets=[bound])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
