from __future__ import annotations

from threading import Event, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.media.shelf import Shelf

BOUND = 10
WEIGHTS = {"a": 1, "b": 2, "c": 3, "d": 5, "e": 10, "f": 11}


@given(st.lists(st.sampled_from(sorted(WEIGHTS))))
def test_a_shelf_keeps_what_was_asked_for_last_and_fits(asked: list[str]) -> None:
    shelf, made = Shelf(BOUND), list[str]()
    model: list[str] = []

    def make(key: str) -> str:
        made.append(key)
        return key

    for key in asked:
        known, before = key in model, len(made)
        assert shelf.get(key, lambda key=key: make(key), WEIGHTS.__getitem__) == key
        assert len(made) - before == (not known)
        model = [other for other in model if other != key]
        model += [key] if WEIGHTS[key] <= BOUND else []
        while sum(WEIGHTS[other] for other in model) > BOUND:
            del model[0]
        assert shelf.held == sum(WEIGHTS[other] for other in model) <= BOUND


class Asked(str):
    """A key that tells when it is looked up."""

    def __new__(cls, name: str, event: Event) -> Asked:
        self = super().__new__(cls, name)
        self.event = event
        return self

    event: Event

    def __hash__(self) -> int:
        self.event.set()
        return super().__hash__()


class Slow:
    """Something that two threads ask for, the second while the first is making it."""

    def __init__(self, shelf: Shelf, *, fail: bool = False) -> None:
        self.shelf, self.fail, self.made = shelf, fail, 0
        self.begun, self.asked, self.go_on = Event(), Event(), Event()
        self.got: list[object] = []

    def make(self) -> object:
        self.made += 1
        self.begun.set()
        assert self.go_on.wait(10)
        if self.fail:
            raise LookupError("nothing to be had")
        return object()

    def ask(self, key: str) -> None:
        try:
            self.got.append(self.shelf.get(key, self.make, lambda _: 1))
        except LookupError as error:
            self.got.append(error)

    def run(self) -> None:
        first = Thread(target=self.ask, args=("key",))
        second = Thread(target=self.ask, args=(Asked("key", self.asked),))
        first.start()
        assert self.begun.wait(10)
        second.start()
        assert self.asked.wait(10)
        self.go_on.set()
        for thread in (first, second):
            thread.join(10)


def test_what_two_ask_for_at_once_is_made_once() -> None:
    slow = Slow(Shelf(BOUND))
    slow.run()
    assert slow.made == 1
    assert len(slow.got) == 2
    assert slow.got[0] is slow.got[1]


def test_two_are_served_at_once_even_where_nothing_is_kept() -> None:
    slow = Slow(Shelf(0))
    slow.run()
    assert slow.made == 1
    assert slow.got[0] is slow.got[1]
    assert slow.shelf.held == 0


def test_a_failure_reaches_all_who_wait_and_is_forgotten() -> None:
    slow = Slow(Shelf(BOUND), fail=True)
    slow.run()
    assert slow.made == 1
    assert [type(got) for got in slow.got] == [LookupError, LookupError]
    assert slow.shelf.get("key", lambda: "now", len) == "now"


def test_others_are_served_while_one_is_made() -> None:
    slow = Slow(Shelf(BOUND))
    waiting = Thread(target=slow.ask, args=("key",))
    waiting.start()
    assert slow.begun.wait(10)
    assert slow.shelf.get("other", lambda: "at once", len) == "at once"
    slow.go_on.set()
    waiting.join(10)
    assert slow.made == 1


def test_making_one_thing_may_need_another() -> None:
    shelf = Shelf(BOUND)
    whole = shelf.get("whole", lambda: shelf.get("part", lambda: "ab", len) * 2, len)
    assert (whole, shelf.held) == ("abab", 6)


def test_what_cannot_be_weighed_is_not_left_half_made() -> None:
    shelf = Shelf(BOUND)
    with pytest.raises(TypeError):
        shelf.get("key", lambda: 5, len)
    assert shelf.get("key", lambda: "ok", len) == "ok"
