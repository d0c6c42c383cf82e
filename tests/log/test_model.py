"""A store is a list: whatever is done to it, and however often it is opened again in between."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.log.opening import Sync
from emulator.log.rows import DROPPED, ENTRY, WORLD, Kept, Row
from emulator.log.sqlite import SqliteStore
from tests.log.logs import count, sweeping, told

REOPEN, SWEEP = "reopen", "sweep"

WORLDS = st.sampled_from(["a", "b", "ä \x00"])


@dataclass(frozen=True)
class Drop:
    world: str


@dataclass(frozen=True)
class Snap:
    """A snapshot so many rows before the last; one further than that when it is less than none."""

    world: str
    back: int


Deed: TypeAlias = list[Row] | Snap | Drop | str

ROWS = st.builds(
    Row,
    world=WORLDS,
    kind=st.sampled_from([ENTRY, ENTRY, ENTRY, WORLD, DROPPED, "some other"]),
    at=st.integers(-(2**63), 2**63 - 1),
    data=st.binary(max_size=9) | st.just(bytes(9_000)),
)
DEEDS: st.SearchStrategy[Deed] = st.one_of(
    st.lists(ROWS, max_size=5),
    st.builds(Snap, WORLDS, st.integers(-1, 6)),
    st.builds(Drop, WORLDS),
    st.sampled_from([REOPEN, SWEEP]),
)


@dataclass
class Model:
    """What was appended, in order, and among it what was dropped or kept."""

    done: list[Row | Kept | Drop] = field(default_factory=list)
    last: int = 0

    def worlds(self) -> dict[str, tuple[Row, Kept | None, list[Row]]]:
        """What is to be loaded, from the list alone."""
        worlds: dict[str, tuple[Row, Kept | None, list[Row]]] = {}
        for one in self.done:
            if isinstance(one, Drop) or (isinstance(one, Row) and one.kind == DROPPED):
                del worlds[one.world]
            elif isinstance(one, Kept):
                row, _, rows = worlds[one.world]
                after = [line for line in rows if line.position > one.position]
                worlds[one.world] = row, one, after
            elif one.kind == WORLD:
                assert one.world not in worlds
                worlds[one.world] = one, None, []
            else:
                worlds[one.world][2].append(one)
        return worlds

    def append(self, rows: list[Row]) -> int | None:
        """The position of the last, or nothing if one of them does not fit."""
        placed = [replace(row, position=n) for n, row in enumerate(rows, self.last + 1)]
        longer = Model([*self.done, *placed])
        try:
            longer.worlds()
        except (KeyError, AssertionError):
            return None
        self.done, self.last = longer.done, self.last + len(rows)
        return self.last

    def keep(self, kept: Kept) -> bool:
        row, before, _ = self.worlds().get(kept.world, (None, None, []))
        if row is None or kept.position < (before or row).position:
            return False
        self.done.append(kept)
        return True

    def drop(self, world: str) -> bool:
        if found := world in self.worlds():
            self.done.append(Drop(world))
        return found


def do(store: SqliteStore, model: Model, deed: Deed) -> None:
    """The same to both, with the same answer."""
    match deed:
        case list():
            try:
                seen = store.append(deed)
            except ValueError:
                seen = None
            assert seen == model.append(deed)
        case Snap(world, back):
            kept = Kept(world=world, position=max(model.last - back, 0), data=b"snapshot")
            if back < 0:
                try:
                    store.keep(kept)
                except ValueError:
                    return
                raise AssertionError("a snapshot of what is still to come")
            assert store.keep(kept) == model.keep(kept)
        case Drop(world):
            assert store.drop(world) == model.drop(world)
        case _:
            store.sweep()


@settings(deadline=None, max_examples=150)
@given(deeds=st.lists(DEEDS, max_size=25))
def test_a_store_is_a_list(deeds: list[Deed]) -> None:
    with TemporaryDirectory() as folder, sweeping(2):
        path, model = Path(folder, "log.db"), Model()
        store = SqliteStore(path, sync=Sync.BATCH)
        for deed in deeds:
            if deed == REOPEN:
                store.close()
                store = SqliteStore(path, sync=Sync.BATCH)
            else:
                do(store, model, deed)
            assert store.last == model.last
            assert told(store) == sorted(model.worlds().values(), key=lambda past: past[0].position)
        while store.sweep():
            pass
        needed = sum(len(rows) for _, _, rows in model.worlds().values())
        assert count(store) == needed
        assert told(store) == sorted(model.worlds().values(), key=lambda past: past[0].position)
        store.close()
