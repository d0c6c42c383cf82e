"""What is there is sent, whatever is being rendered meanwhile."""

from __future__ import annotations

import asyncio
from threading import Event

from emulator.core.jobs import Job
from emulator.core.scenario import PlanRule
from emulator.media import Clip, Rendered, Still, Store, render
from emulator.media.shelf import Shelf
from emulator.providers.port import File
from emulator.server.files import RENDERERS, Files
from tests.server.caller import FLUX
from tests.server.inside import House, turns

NOW = (PlanRule(queued=0, running=0),)


class Slow:
    """Renders what is let through."""

    def __init__(self) -> None:
        self.asked: list[Clip | Still] = []
        self.through = Event()

    def __call__(self, thing: Clip | Still, shelf: Shelf) -> bytes:
        self.asked.append(thing)
        assert self.through.wait(30)
        return render(thing, shelf)


async def jobs(many: int) -> list[Job]:
    """So many jobs, each with another picture."""
    house = House(balance=10**9, plans=NOW)
    for nth in range(many):
        await house.enqueue("k", {**FLUX, "prompt": f"kite {nth}", "size": f"{64 + 16 * nth}x64"})
    found = list(house.live("k").world.jobs.values())
    assert len({job.draft.shot for job in found}) == many
    return found


async def begun(slow: Slow, many: int) -> None:
    """Returns once so many renders have begun."""
    for _ in range(100_000):
        if len(slow.asked) >= many:
            return
        await turns(1)
    raise AssertionError(f"{len(slow.asked)} renders have begun, not {many}")


async def test_what_is_there_waits_for_no_render() -> None:
    slow = Slow()
    files = Files(Store(draw=slow))
    hot, *cold = await jobs(RENDERERS + 2)
    slow.through.set()
    before = await files.render(File(hot))
    slow.through.clear()
    waiting = [asyncio.ensure_future(files.render(File(job))) for job in cold]
    await begun(slow, 1 + RENDERERS)
    assert await files.render(File(hot)) is before
    assert len(slow.asked) == 1 + RENDERERS
    slow.through.set()
    assert len({one.etag for one in await asyncio.gather(*waiting)}) == len(cold)
    files.close()


async def test_who_asks_for_what_is_being_rendered_takes_up_no_renderer() -> None:
    slow = Slow()
    files = Files(Store(draw=slow))
    one, other = await jobs(2)
    same = [asyncio.ensure_future(files.render(File(one))) for _ in range(2 * RENDERERS)]
    await turns(5)
    another = asyncio.ensure_future(files.render(File(other)))
    await begun(slow, 2)
    same[0].cancel()
    slow.through.set()
    rest = await asyncio.gather(*same[1:])
    assert all(isinstance(made, Rendered) and made is rest[0] for made in rest)
    assert (await another).etag != rest[0].etag
    assert len(slow.asked) == 2
    files.close()
