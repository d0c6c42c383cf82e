"""What cannot be opened as a log says what it is, and what to do; and it is left as it was."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.log.opening import Sync
from emulator.log.rows import BadLog
from emulator.log.sqlite import SqliteStore
from tests.log.disks import opened_elsewhere
from tests.log.logs import data, line, made, told


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log with a world and three lines."""
    path = tmp_path / "log.db"
    with SqliteStore(path, sync=Sync.BATCH) as store:
        store.append([made(), line(b"1"), line(b"2"), line(b"3")])
    return path


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A folder that other users reach, which those of a test are not."""
    with TemporaryDirectory() as name:
        os.chmod(name, 0o777)
        yield Path(name)


def refused(path: Path) -> str:
    """Why it is."""
    with pytest.raises(BadLog) as told_:
        SqliteStore(path, sync=Sync.BATCH)
    why = str(told_.value)
    assert why.startswith(str(path))
    return why


def by_hand(path: Path, *statements: str) -> None:
    db = sqlite3.connect(path, isolation_level=None)
    for one in statements:
        db.execute(one)
    db.close()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert "there is no folder" in refused(tmp_path / "none" / "log.db")
    (tmp_path / "file").touch()
    assert "there is no folder" in refused(tmp_path / "file" / "log.db")


def test_what_is_no_file(tmp_path: Path) -> None:
    assert "it is a folder" in refused(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert "no ordinary file" in refused(tmp_path / "pipe")
    assert "File name too long" in refused(tmp_path / ("n" * 300))


def test_a_link_leads_to_the_file(log: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(log)
    assert data(tmp_path / "link") == [b"1", b"2", b"3"]
    (tmp_path / "new").symlink_to(tmp_path / "made.db")
    with SqliteStore(tmp_path / "new", sync=Sync.BATCH):
        assert (tmp_path / "made.db").exists()


def test_a_name_with_signs_of_an_address_in_it(tmp_path: Path) -> None:
    for name in ("a?mode=ro", "b#c", "d%20e", "ü f"):
        with SqliteStore(tmp_path / name, sync=Sync.BATCH) as store:
            store.append([made(), line(b"1")])
        assert data(tmp_path / name) == [b"1"]
    assert len(list(tmp_path.iterdir())) == 4


def test_an_empty_file_becomes_a_log(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with SqliteStore(tmp_path / "empty", sync=Sync.BATCH) as store:
        assert store.last == 0


@pytest.mark.parametrize("text", ["a text", "a long text " * 1000])
def test_what_sqlite_did_not_write(tmp_path: Path, text: str) -> None:
    path = tmp_path / "notes.txt"
    path.write_text(text)
    assert "is no SQLite file; restore it from a copy" in refused(path)
    assert path.read_text() == text
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "statement", ["PRAGMA application_id = 7", "PRAGMA user_version = 1", "CREATE TABLE t (a)"]
)
def test_a_file_of_another_program(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "other.db"
    by_hand(path, statement)
    before = path.read_bytes()
    assert "of another program; name another file" in refused(path)
    assert path.read_bytes() == before


def test_a_file_of_a_newer_version(log: Path) -> None:
    by_hand(log, "PRAGMA user_version = 2")
    why = refused(log)
    assert "version 2" in why
    assert "up to 1; use a newer one" in why
    by_hand(log, "PRAGMA user_version = 1")
    assert data(log) == [b"1", b"2", b"3"]


def test_a_log_whose_tables_were_changed(log: Path) -> None:
    by_hand(log, "DROP TABLE spent")
    assert "its tables are not those of a log" in refused(log)


def test_a_damaged_header(log: Path) -> None:
    whole = log.read_bytes()
    log.write_bytes(b"SQLite" + bytes(10) + whole[16:])
    assert "it is damaged" in refused(log)


def test_a_file_that_was_cut_short(log: Path) -> None:
    whole = log.read_bytes()
    for size in (100, 4096, len(whole) - 4096, len(whole) - 1):
        log.write_bytes(whole[:size])
        assert "it is damaged" in refused(log), size


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_a_page_of_rubbish_is_found_or_matters_to_nobody(drawn: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "log.db")
        with SqliteStore(path, sync=Sync.BATCH) as store:
            store.append([made(), *[line(b"%d" % one + bytes(300)) for one in range(100)]])
            before = told(store)
        whole = bytearray(path.read_bytes())
        page = drawn.draw(st.integers(0, len(whole) // 4096 - 1)) * 4096
        whole[page : page + 4096] = drawn.draw(st.sampled_from([b"\x00", b"\xff", b"a"])) * 4096
        path.write_bytes(whole)
        try:
            with SqliteStore(path, sync=Sync.BATCH) as store:
                assert told(store) == before
        except BadLog as error:
            assert "it is damaged" in str(error)  # noqa: PT017


def test_a_second_server_is_refused_until_the_first_is_gone(log: Path) -> None:
    with SqliteStore(log, sync=Sync.BATCH) as store:
        assert "another process has it open" in opened_elsewhere(log)
        assert "another process has it open" in refused(log)
        assert "another process has it open" in opened_elsewhere(log)
        assert store.append([line(b"4")]) == 5
    assert opened_elsewhere(log) == ""
    assert data(log) == [b"1", b"2", b"3", b"4"]


def test_a_file_that_may_not_be_written(open_to_all: Path) -> None:
    path = open_to_all / "log.db"
    SqliteStore(path, sync=Sync.BATCH).close()
    path.chmod(0o444)
    assert "can be read but not written; make it" in opened_elsewhere(path, "nobody")
    path.chmod(0)
    assert "may not read it; make it readable" in opened_elsewhere(path, "nobody")
    path.chmod(0o666)
    assert opened_elsewhere(path, "nobody") == ""


def test_a_folder_that_may_not_be_written(open_to_all: Path) -> None:
    path = open_to_all / "log.db"
    SqliteStore(path, sync=Sync.BATCH).close()
    path.chmod(0o666)
    open_to_all.chmod(0o555)
    assert f"its folder {open_to_all} is not writable" in opened_elsewhere(path, "nobody")
    assert "Permission denied; name another" in opened_elsewhere(open_to_all / "new.db", "nobody")
    open_to_all.chmod(0)
    assert "Permission denied; name another" in opened_elsewhere(path, "nobody")
    open_to_all.chmod(0o777)
