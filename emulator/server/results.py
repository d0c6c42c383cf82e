"""Answers with a result in them: files, and JSON that carries one inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from emulator.core.clock import Instant
from emulator.faults.deed import Response
from emulator.providers.port import Answer, File
from emulator.server import wire
from emulator.server.files import part, send_part
from emulator.server.live import Live
from emulator.server.recorder import Kept

if TYPE_CHECKING:
    from emulator.server.visit import Visit


async def made(visit: Visit, answer: Answer, live: Live) -> tuple[Instant, Response]:
    """An answer as it goes out, and when."""
    now = max(visit.began or 0, live.world.now)
    if isinstance(answer.body, File):
        rendered = await visit.house.files.render(answer.body)
        shown = part(rendered, visit.asked)
        data = rendered.data[shown.first : shown.end]
        date = wire.date(live.terms[visit.provider.name].see(now))
        return now, Response(shown.status, (*shown.head, date), data)
    content = orjson.dumps(await visit.house.files.fill(answer.body))
    return now, visit.framed(answer, content, now, live)


async def filled(visit: Visit, answer: Answer, live: Live) -> Response:
    """An answer in JSON that carries a result inside, recorded."""
    now, response = await made(visit, answer, live)
    visit.record(live, now, response.status, response.head, response.content)
    return response


async def send(visit: Visit, file: File, live: Live) -> None:
    """Send a file, or the part of it that was asked for; what is recorded is its name."""
    now = max(visit.began or 0, live.world.now)
    rendered = await visit.house.files.render(file)
    shown = part(rendered, visit.asked)
    head = [*shown.head, wire.date(live.terms[visit.provider.name].see(now))]
    kept = Kept(rendered.etag.strip('"'), shown.end - shown.first)
    visit.record(live, now, shown.status, head, kept)
    bare = visit.method == "HEAD"
    await send_part(visit.send, shown, head, rendered.data, bare=bare)
