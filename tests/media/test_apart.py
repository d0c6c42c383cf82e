from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from emulator.media import Apart, Clip, NotAnImage, Still, Store, render

CLIP = Clip(width=64, height=32, seconds=1, scene="a", audio=True)
STILL = Still(width=40, height=30, scene="b")


@pytest.fixture
def apart() -> Iterator[Apart]:
    one = Apart(2)
    yield one
    one.close()


def children() -> set[int]:
    """The processes that this one has started."""
    folders = Path("/proc/self/task").iterdir()
    return {int(pid) for one in folders for pid in (one / "children").read_text().split()}


def test_what_is_made_apart_is_what_is_made_here(apart: Apart) -> None:
    before = children()
    assert apart.render(CLIP) == render(CLIP)
    assert apart.render(STILL) == render(STILL)
    started = Clip(width=64, height=32, seconds=1, start=render(STILL))
    assert apart.render(started) == render(started)
    assert 1 <= len(children() - before) <= 2


def test_a_picture_that_does_not_decode_says_why_and_does_no_harm(apart: Apart) -> None:
    broken = Clip(width=64, height=32, seconds=1, start=b"no picture")
    with pytest.raises(NotAnImage) as here:
        render(broken)
    with pytest.raises(NotAnImage) as there:
        apart.render(broken)
    assert there.value.reason == here.value.reason
    assert apart.render(STILL) == render(STILL)


def test_a_process_that_was_killed_is_replaced(apart: Apart) -> None:
    before = children()
    for _ in range(2):
        apart.render(STILL)
    for pid in children() - before:
        os.kill(pid, signal.SIGKILL)
    for _ in range(3):
        assert apart.render(STILL) == render(STILL)


def test_never_more_processes_than_it_may_have(apart: Apart) -> None:
    before, made = children(), []

    def some(nth: int) -> None:
        made.append(apart.render(Still(width=40, height=30, scene=f"{nth % 3}")))

    threads = [Thread(target=some, args=(nth,)) for nth in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 9
    assert len(set(made)) == 3
    assert len(children() - before) == 2


def test_once_it_is_closed_no_process_is_left_and_it_can_be_used_again(apart: Apart) -> None:
    before = children()
    apart.render(STILL)
    apart.close()
    assert children() == before
    assert apart.render(STILL) == render(STILL)


def test_a_store_can_have_its_files_made_apart(apart: Apart) -> None:
    store = Store(draw=apart.render)
    assert store.get(CLIP) == Store().get(CLIP)
    assert store.get(CLIP) is store.get(CLIP)
